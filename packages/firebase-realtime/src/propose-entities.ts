import { type CallOptions, type EntityListing, entityName } from '@datamigrato/core';
import type { Place, RealtimeClient } from './client.js';
import { type ChildOverview, overviewOf } from './list-names.js';

/** Children of a node that are looked at. */
const sampledChildren = 12;

/** Children of a child that are looked at. */
const sampledFields = 40;

/** Levels below the root at which collections are looked for. */
const levels = 3;

/** Leaves of one kind that make a collection of values rather than a record. */
const fewestValues = 8;

/**
 * Proposes which nodes are collections, for a database of which nobody said so, by a look at few children of each node.
 *
 * - A node whose children are alike (most have a name in common, and values among their own children) is a collection.
 * - A node whose children are all such collections is one with a `*`.
 * - Many values of one kind side by side are a collection of values.
 * - Whatever else has children is looked into, down to the third level. Nodes that are no collections are listed with the reason.
 */
export async function* proposeEntities(client: RealtimeClient, call: CallOptions): AsyncGenerator<EntityListing> {
  yield* proposeBelow(client, [], call);
}

async function* proposeBelow(
  client: RealtimeClient,
  names: readonly string[],
  call: CallOptions,
): AsyncGenerator<EntityListing> {
  for (const { name, value } of await childrenOf(client, names, call, 1000)) {
    const child = [...names, name];
    const entity = entityName(child.join('/'));
    if (value !== undefined) {
      yield { entity, excluded: 'a single value' };
      continue;
    }
    switch (await lookOf(client, child, call)) {
      case 'collection':
        yield { entity };
        break;
      case 'groups':
        yield { entity: entityName(`${entity}/*`) };
        break;
      case 'record':
        yield { entity, excluded: 'one record rather than many' };
        break;
      case 'branch':
        if (child.length < levels) yield* proposeBelow(client, child, call);
        else yield { entity, excluded: `no collection down to level ${levels}` };
    }
  }
}

/** Names that programs give to records: push ids, numbers, identifiers in hexadecimal. */
const generatedName = /^(?:-[\w-]{19}|\d+|[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

type Look = 'collection' | 'groups' | 'record' | 'branch';

async function lookOf(client: RealtimeClient, names: readonly string[], call: CallOptions): Promise<Look> {
  const own = await childrenOf(client, names, call, sampledChildren);
  const branches = own.filter(({ value }) => value === undefined);
  if (branches.length === 0) return areAlikeValues(own) ? 'collection' : 'record';
  if (branches.length < own.length) return 'record';
  const inside: (readonly ChildOverview[])[] = [];
  for (const { name } of branches) inside.push(await childrenOf(client, [...names, name], call, sampledFields));
  // From above, the value `true` looks like a child with children.
  if (inside.every((children) => children.length === 0)) return own.length < fewestValues ? 'record' : 'collection';
  const [first, ...others] = branches;
  // A single child says nothing by being like others; it does by its name, or by standing where collections usually are.
  const mayBeRecords =
    others.length > 0 || names.length === 1 || (first !== undefined && generatedName.test(first.name));
  if (mayBeRecords && areRecords(inside)) return 'collection';
  if (branches.length < 2 || inside.some((children) => children.some(({ value }) => value !== undefined)))
    return 'branch';
  for (const { name } of branches.slice(0, 3))
    if ((await lookOf(client, [...names, name], call)) !== 'collection') return 'branch';
  return 'groups';
}

/** Whether children look like records of one collection: with values in most of them, and a name that most have. */
function areRecords(all: readonly (readonly ChildOverview[])[]): boolean {
  const withValues = all.filter((children) => children.some(({ value }) => value !== undefined)).length;
  if (withValues * 2 < all.length) return false;
  const counts = new Map<string, number>();
  for (const { name } of all.flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.max(...counts.values()) * 2 >= all.length;
}

function areAlikeValues(children: readonly ChildOverview[]): boolean {
  const kinds = new Set(children.map(({ value }) => typeof value));
  return children.length >= fewestValues && kinds.size === 1;
}

async function childrenOf(
  client: RealtimeClient,
  names: readonly string[],
  call: CallOptions,
  limit: number,
): Promise<readonly ChildOverview[]> {
  const place: Place = { names, shown: names.join('/') };
  const overview = await overviewOf(client, place, call, { limit });
  return overview.is === 'children' ? overview.children : [];
}
