import type { CallOptions } from '@datamigrato/core';
import type { Place, RealtimeClient } from './client.js';
import { isBranch, isList, type Node, priorityMember, valueMember } from './node.js';
import { orderUnknown } from './node-fault.js';

/** Most names in one answer. A name has at most 768 bytes. */
const namesAtOnce = 20_000;

/** What a place looks like from above. */
export type Overview =
  | { readonly is: 'nothing' }
  | { readonly is: 'value' }
  | { readonly is: 'children'; readonly children: readonly ChildOverview[] };

/** A child, and its value where it is a leaf. */
export interface ChildOverview {
  readonly name: string;
  /** Undefined where the child has children itself. */
  readonly value: Node | undefined;
}

/** The first children of a place in the order of their names, without what is below them. */
export async function overviewOf(
  client: RealtimeClient,
  place: Place,
  call: CallOptions,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<Overview> {
  const parameters = {
    shallow: 'true',
    limitToFirst: String(limit),
    ...(after !== undefined && { startAfter: bareName(after) }),
  };
  const node = await client.read(place, parameters, call);
  if (node === null) return { is: 'nothing' };
  const members = membersOf(node);
  if (members === undefined) return { is: 'value' };
  const children = members.map(([name, value]) => ({ name, value: value === true ? undefined : value }));
  return { is: 'children', children: client.order.sorted(children, ({ name }) => name, after) };
}

/** The names of the children of a place, many at a time, in order. None for a place where nothing or a value is. */
export async function* namesOf(
  client: RealtimeClient,
  place: Place,
  call: CallOptions,
  limit = namesAtOnce,
): AsyncGenerator<readonly string[]> {
  let after: string | undefined;
  for (;;) {
    const overview = await overviewOf(client, place, call, { limit, ...(after !== undefined && { after }) });
    if (overview.is !== 'children') return;
    const names = overview.children.map(({ name }) => name);
    const last = names[names.length - 1];
    if (last === undefined) return;
    if (after !== undefined && client.order.compare(last, after) <= 0) throw orderUnknown(client.where);
    yield names;
    if (names.length < limit) return;
    after = last;
  }
}

/** The children of a node as it was read; undefined for a leaf. */
export function membersOf(node: Node): readonly (readonly [string, Node])[] | undefined {
  if (isList(node)) return node.flatMap((child, index) => (child === null ? [] : [[String(index), child] as const]));
  if (!isBranch(node) || Object.hasOwn(node, valueMember)) return undefined;
  return Object.entries(node).filter(([name]) => name !== priorityMember);
}

/** The parameter for a name: as it is, unless quotes around it would be taken for quotes of the parameter. */
function bareName(name: string): string {
  return name.startsWith('"') ? `"${name}"` : name;
}
