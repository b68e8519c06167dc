import { type CallOptions, type EntityName, isDatamigratoError, type Json, type Partition } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { countDocuments } from './count.js';
import { embeddedIn } from './embedded-collections.js';
import { type EntityPath, keyOfPath, parseEntityPath } from './entity-path.js';
import { codeOf, status, translateError } from './errors.js';
import { mayHaveDescendants } from './missing-parents.js';
import { compareNames } from './name-order.js';
import type { PartitionRange } from './partition-range.js';
import { entityQuery, type NameRange, rootCollection } from './query.js';
import { fetchDocuments } from './scan.js';
import type { RunQueryRequest } from './stub.js';

/** Documents below which one more partition costs more than it saves. */
const documentsOfPartition = 2_500;

const everything: NameRange = { from: null, to: null };

/** Ranges of names that together are the whole entity, and its missing parents as one more partition where there can be any that no range tells. */
export async function* planPartitions(
  database: FirestoreDatabase,
  name: EntityName,
  call: CallOptions & { readonly targetCount: number },
): AsyncGenerator<Partition> {
  const entity = parseEntityPath(name);
  const { cuts, count } = await findCuts(database, entity, name, call);
  for (let index = 0; index <= cuts.length; index += 1) {
    const range: PartitionRange = { from: cuts[index - 1] ?? null, to: cuts[index] ?? null };
    yield partition(name, index === 0 ? 'start' : `from ${shortened(range.from)}`, range);
  }
  // Where documents below are read with their parents, so are those that exist only as parents.
  if (!database.missingParents || embeddedIn(entity, database.embed).size > 0) return;
  if (entity.keyParts === 1 && !(await mayHaveDescendants(database, rootCollection(entity), call, count))) return;
  yield partition(name, 'missing parents', 'missing-parents');
}

function partition(entity: EntityName, id: string, range: PartitionRange): Partition {
  const json: Json = range === 'missing-parents' ? range : { from: range.from, to: range.to };
  return { entity, id, range: json };
}

/** Paths at which the entity is cut, in order, and how many documents it has, where they were counted. */
async function findCuts(
  database: FirestoreDatabase,
  entity: EntityPath,
  name: EntityName,
  call: CallOptions & { readonly targetCount: number },
): Promise<{ readonly cuts: readonly string[]; readonly count?: number }> {
  if (call.targetCount <= 1) return { cuts: [] };
  const where = `${database.where}, cutting ${name}`;
  const whole = entityQuery(database.documents, entity, everything, {});
  const count = await countUnlessTooMany(database, whole, call, where);
  // More documents than can be counted within the deadline are certainly worth cutting.
  const parts = Math.min(call.targetCount, Math.ceil((count ?? Number.POSITIVE_INFINITY) / documentsOfPartition));
  if (parts <= 1) return { cuts: [], ...(count !== undefined && { count }) };
  const offered = await cutsOfService(database, entity, parts, call, where);
  const cuts = offered ?? (count === undefined ? [] : await cutsByOffset(database, entity, count, parts, call, where));
  return { cuts: [...new Set(cuts)], ...(count !== undefined && { count }) };
}

async function countUnlessTooMany(
  database: FirestoreDatabase,
  query: RunQueryRequest,
  call: CallOptions,
  where: string,
): Promise<number | undefined> {
  try {
    return await countDocuments(database, query, call, where);
  } catch (error) {
    if (!isDatamigratoError(error) || error.code !== 'DM_DEADLINE_EXCEEDED' || call.signal.aborted) throw error;
    return undefined;
  }
}

/** The cuts that the service offers for a group of collections; undefined where it offers none, as an emulator. */
async function cutsOfService(
  database: FirestoreDatabase,
  entity: EntityPath,
  parts: number,
  call: CallOptions,
  where: string,
): Promise<readonly string[] | undefined> {
  const query = entityQuery(database.documents, entity, everything, {});
  const collectionId = entity.collections.at(-1) ?? '';
  const { orderBy } = query.structuredQuery;
  const structuredQuery = { from: [{ collectionId, allDescendants: true }], orderBy };
  const cuts: string[] = [];
  let pageToken = '';
  try {
    do {
      const request = {
        parent: database.documents,
        structuredQuery,
        partitionCount: String(parts - 1),
        pageSize: 300,
        pageToken,
      };
      const page = await database.ask(database.stub.partitionQuery, request, call);
      for (const { values } of page.partitions) {
        const path = values[0]?.referenceValue?.slice(database.documents.length + 1);
        // Other paths that end in the same collection are cut as well.
        if (path !== undefined && keyOfPath(entity, path) !== undefined) cuts.push(path);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    const code = codeOf(error);
    if (code === status.unimplemented || code === status.invalidArgument) return undefined;
    throw translateError(error, where);
  }
  // Pages are in order, each by itself.
  return cuts.length === 0 ? undefined : cuts.sort(compareNames);
}

async function cutsByOffset(
  database: FirestoreDatabase,
  entity: EntityPath,
  count: number,
  parts: number,
  call: CallOptions,
  where: string,
): Promise<readonly string[]> {
  const cuts: string[] = [];
  for (let part = 1; part < parts; part += 1) {
    const options = { offset: Math.floor((count * part) / parts), limit: 1, namesOnly: true };
    const [document] = await fetchDocuments(
      database,
      entityQuery(database.documents, entity, everything, options),
      call,
      where,
    );
    if (document !== undefined) cuts.push(document.name.slice(database.documents.length + 1));
  }
  return cuts;
}

function shortened(path: string | null): string {
  const text = (path ?? '').replaceAll(/[^\x21-\x7E]/g, '?');
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
