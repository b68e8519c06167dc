import type { Path } from '../tree/path.js';
import type { Leaf } from '../tree/tree-node.js';

/** One end of a range of an index. */
export interface QueryBound {
  /** For the key index a key; else the index value, null for children that have none. */
  readonly value: Leaf | null;
  /** Among children of that value the key at which the range begins or ends. */
  readonly key?: string;
  readonly inclusive: boolean;
}

/** By what children are sorted. */
export type QueryIndex =
  | { readonly type: 'key' | 'value' | 'priority' }
  | { readonly type: 'child'; readonly path: Path };

/** Which children of a node are asked for. */
export interface Query {
  readonly index: QueryIndex;
  readonly start?: QueryBound;
  readonly end?: QueryBound;
  readonly limit?: { readonly count: number; readonly from: 'first' | 'last' };
}

/** The name by which rules and messages call an index. */
export function indexName(index: QueryIndex): string {
  return index.type === 'child' ? index.path.join('/') : `.${index.type}`;
}
