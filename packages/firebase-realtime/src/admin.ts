import {
  type Admin,
  type CallOptions,
  type CountOptions,
  concurrently,
  type EntityName,
  isDatamigratoError,
  type RecordCount,
  type RecordKey,
  type WriteFailure,
  type WriteResult,
} from '@datamigrato/core';
import { type Place, type RealtimeClient, rootPlace } from './client.js';
import { keyNames } from './codec.js';
import { type EntityPath, entityPathOf, namesBelowRoot } from './entity-path.js';
import { groupsOf } from './groups.js';
import { namesOf } from './list-names.js';
import { keyUnusable } from './record-fault.js';

/** Nodes removed by one request. */
const removedAtOnce = 500;

/** Requests that are under way at once. */
const concurrentRequests = 8;

/** What changes or counts a Realtime Database besides copying. */
export function createAdmin(client: RealtimeClient): Admin {
  return {
    countRecords: (entity, call) => countRecords(client, entity, call),
    deleteRecords: (schema, keys, call) =>
      keys === 'all' ? deleteAll(client, schema.entity, call) : deleteByKey(client, schema.entity, keys, call),
    async dropEntity(entity, call) {
      await deleteAll(client, entity, call);
      const { root } = entityPathOf(entity);
      await client.remove({ names: root, shown: entity }, call);
    },
    async dropDatabase(call) {
      for await (const names of namesOf(client, rootPlace, call)) {
        for (const name of names) await removeChildren(client, { names: [name], shown: '' }, call);
      }
      await client.remove(rootPlace, call);
    },
  };
}

/** Groups that are counted where an estimate will do. */
const estimatedGroups = 20;

/** Counts names, page by page. Where an estimate will do, those of the first few groups stand for all groups. */
async function countRecords(client: RealtimeClient, entity: EntityName, call: CountOptions): Promise<RecordCount> {
  const path = entityPathOf(entity);
  let value = 0;
  let groups = 0;
  for await (const { place } of groupsOf(client, path, {}, [], call)) {
    groups += 1;
    if (call.estimate === true && groups > estimatedGroups) {
      let first = 0;
      for await (const names of namesOf(client, { names: path.root, shown: entity }, call)) first += names.length;
      return { value: Math.max(value, Math.round((first * value) / estimatedGroups)), exact: false };
    }
    for await (const names of namesOf(client, place, call)) value += names.length;
  }
  return { value, exact: true };
}

async function deleteAll(client: RealtimeClient, entity: EntityName, call: CallOptions): Promise<WriteResult> {
  for await (const { place } of groupsOf(client, entityPathOf(entity), {}, [], call))
    await removeChildren(client, place, call);
  return { failures: [], unchanged: 0 };
}

/** Removes what is below a place, some children at a time: the database refuses to remove very much at once. */
async function removeChildren(client: RealtimeClient, place: Place, call: CallOptions): Promise<void> {
  for await (const names of namesOf(client, place, call)) {
    for (let start = 0; start < names.length; start += removedAtOnce)
      await client.patch(place, bodyOfNulls(names.slice(start, start + removedAtOnce)), call);
  }
}

async function deleteByKey(
  client: RealtimeClient,
  entity: EntityName,
  keys: readonly RecordKey[],
  call: CallOptions,
): Promise<WriteResult> {
  const path = entityPathOf(entity);
  const failures: WriteFailure[] = [];
  const found: string[] = [];
  let unchanged = 0;
  await concurrently(keys.entries(), concurrentRequests, call.signal, async ([index, key]) => {
    const names = namesOfKey(path, key);
    if (names === undefined) {
      failures.push({ index, error: keyUnusable() });
      return;
    }
    const place = { names: [...path.root, ...names], shown: entity };
    const node = await client.read(place, { shallow: 'true', limitToFirst: '1' }, call);
    if (node === null) unchanged += 1;
    else found.push(names.join('/'));
  });
  const place = { names: path.root, shown: entity };
  for (let start = 0; start < found.length; start += removedAtOnce)
    await client.patch(place, bodyOfNulls(found.slice(start, start + removedAtOnce)), call);
  return { failures: failures.sort((left, right) => left.index - right.index), unchanged };
}

function namesOfKey(path: EntityPath, key: RecordKey): readonly string[] | undefined {
  try {
    return namesBelowRoot(path, keyNames(key));
  } catch (error) {
    if (isDatamigratoError(error) && error.category === 'record') return undefined;
    throw error;
  }
}

function bodyOfNulls(paths: readonly string[]): string {
  return `{${paths.map((path) => `${JSON.stringify(path)}:null`).join(',')}}`;
}
