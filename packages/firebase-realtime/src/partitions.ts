import type { CallOptions, EntityName, Partition } from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import { entityPathOf } from './entity-path.js';
import { namesOf, overviewOf } from './list-names.js';
import { entityMissing, notACollection } from './node-fault.js';
import { type NameRange, rangeId, rangeToJson } from './partition-range.js';

/** Names that are looked at for even parts; what comes after them is part of the last. */
const listedNames = 1_000_000;

/**
 * Cuts an entity by ranges of names, at every so manyth one: the names of its records, or those of the first `*` in its path.
 *
 * The ranges of one plan are all names that there can be, whatever is written meanwhile.
 */
export async function* planPartitions(
  client: RealtimeClient,
  entity: EntityName,
  call: CallOptions & { readonly targetCount: number },
): AsyncGenerator<Partition> {
  const path = entityPathOf(entity);
  const place = { names: path.root, shown: entity };
  const first = await overviewOf(client, place, call, { limit: 1 });
  if (first.is === 'nothing') throw entityMissing(entity, client.where);
  if (first.is === 'value') throw notACollection(entity, client.where);
  const cuts =
    call.targetCount > 1 ? evenCuts(await listNames(client, place.names, entity, call), call.targetCount) : [];
  for (let index = 0; index <= cuts.length; index += 1) {
    const [from, to] = [cuts[index - 1], cuts[index]];
    const range: NameRange = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    yield { entity, id: rangeId(range), range: rangeToJson(range) };
  }
}

async function listNames(
  client: RealtimeClient,
  names: readonly string[],
  entity: string,
  call: CallOptions,
): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const some of namesOf(client, { names, shown: entity }, call)) {
    for (const name of some) all.push(name);
    if (all.length >= listedNames) break;
  }
  return all;
}

/** At most `parts - 1` names that cut others, which are in order, into parts of equal size. */
function evenCuts(names: readonly string[], parts: number): readonly string[] {
  const cuts: string[] = [];
  for (let part = 1; part < parts; part += 1) {
    const name = names[Math.floor((names.length * part) / parts)];
    if (name !== undefined && name !== names[0] && name !== cuts[cuts.length - 1]) cuts.push(name);
  }
  return cuts;
}
