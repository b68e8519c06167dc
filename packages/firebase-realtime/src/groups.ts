import type { CallOptions } from '@datamigrato/core';
import type { Place, RealtimeClient } from './client.js';
import type { EntityPath } from './entity-path.js';
import { namesOf } from './list-names.js';
import type { NameRange } from './partition-range.js';

/** A node whose children are records, and which of them are wanted. */
export interface Group {
  readonly place: Place;
  /** The parts of the key that lead to it. */
  readonly key: readonly string[];
  readonly bounds: NameRange & { readonly after?: string };
}

/** The nodes whose children are the records of a range, after a key, in order: one for a plain path, else one for each node that a `*` stands for. */
export async function* groupsOf(
  client: RealtimeClient,
  path: EntityPath,
  range: NameRange,
  after: readonly string[],
  call: CallOptions,
): AsyncGenerator<Group> {
  yield* descend(client, path, { names: path.root, key: [], level: 0, range, after }, call);
}

/** A place on the way down: `range` holds for the names of the first level, `after` for the parts of the key that are still to come. */
interface Descent {
  readonly names: readonly string[];
  readonly key: readonly string[];
  readonly level: number;
  readonly range: NameRange;
  readonly after: readonly string[];
}

async function* descend(
  client: RealtimeClient,
  path: EntityPath,
  { names, key, level, range, after }: Descent,
  call: CallOptions,
): AsyncGenerator<Group> {
  const place = { names, shown: path.name };
  const next = path.levels[level];
  const [reached, ...further] = after;
  if (next === undefined) {
    yield { place, key, bounds: { ...range, ...(reached !== undefined && { after: reached }) } };
    return;
  }
  if (next !== null) {
    yield* descend(client, path, { names: [...names, next], key, level: level + 1, range, after }, call);
    return;
  }
  for await (const children of namesOf(client, place, call)) {
    for (const name of children) {
      if (range.from !== undefined && client.order.compare(name, range.from) < 0) continue;
      if (range.to !== undefined && client.order.compare(name, range.to) >= 0) return;
      if (reached !== undefined && client.order.compare(name, reached) < 0) continue;
      const below = name === reached ? further : [];
      const deeper = { names: [...names, name], key: [...key, name], level: level + 1, range: {}, after: below };
      yield* descend(client, path, deeper, call);
    }
  }
}
