import { setTimeout as pause } from 'node:timers/promises';
import {
  type Admin,
  type CallOptions,
  type ChangeBatch,
  type ConnectorDefinition,
  createSchemaInference,
  DatamigratoError,
  type EntityName,
  type EntitySchema,
  entityName,
  type Manifest,
  recordExists,
  type Source,
  type Target,
  valueToText,
  type WatchOptions,
} from '@datamigrato/core';
import { openClient, type ReferenceClient, type ReferenceOptions } from './reference-client.js';
import { referenceCodec } from './reference-codec.js';
import type { KeySlice, StoreAnswer, StoredRecord } from './reference-store.js';

/** The connector of the reference store, in the form in which a test can put something broken into it. */
export type ReferenceDefinition = ConnectorDefinition<ReferenceOptions, ReferenceClient, StoredRecord>;

/** A connector that keeps every promise, for a store that behaves as this manifest says. */
export function referenceDefinition(manifest: Manifest): ReferenceDefinition {
  const codec = referenceCodec(manifest);
  return {
    specVersion: 1,
    id: 'reference',
    version: '1.0.0',
    schemes: ['reference'],
    manifest,
    codec,
    options: { '~standard': { version: 1, vendor: 'reference', validate: checkedOptions } },
    parseUrl(text) {
      if (!URL.canParse(text)) throw urlInvalid();
      const url = new URL(text);
      if (url.hostname === '' || url.port === '') throw urlInvalid();
      const [, place = ''] = url.pathname.split('/');
      return {
        options: { host: url.hostname, port: Number(url.port), place, password: decodeURIComponent(url.password) },
      };
    },
    describe: (options) => ({
      id:
        'host' in options
          ? `reference://${options.host}:${options.port}/${options.place}`
          : `reference:${options.place}`,
      notices: [],
    }),
    secrets: async ({ password }) => [password],
    open: openClient,
    async close(client) {
      client.close();
    },
    source: (client) => createSource(client, manifest, codec),
    target: (client) => createTarget(client, manifest),
    admin: createAdmin,
  };
}

function checkedOptions(
  value: unknown,
): { readonly value: ReferenceOptions } | { readonly issues: readonly { readonly message: string }[] } {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && 'place' in value && ('store' in value || 'host' in value))
    return { value: value as ReferenceOptions };
  return { issues: [{ message: 'a place, and a store or a host, are required' }] };
}

function urlInvalid(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_URL_INVALID',
    category: 'usage',
    message: 'A connection string is not of the form reference://host:port/place',
    nextStep: 'compare it with that form',
  });
}

function createSource(
  client: ReferenceClient,
  manifest: Manifest,
  codec: ReferenceDefinition['codec'],
): Source<StoredRecord> {
  return {
    async *listEntities(call) {
      const { entities = [] } = await client.ask({ ask: 'entities', entity: '' }, call);
      for (const entity of entities) yield { entity: entityName(entity) };
    },
    async inferSchema(entity, call) {
      const { schema = '' } = found(await client.ask({ ask: 'schema', entity }, call), entity);
      const stored = JSON.parse(schema) as EntitySchema;
      if (manifest.shape === 'table') return { ...stored, origin: 'declared' };
      const slice = { remainder: 0, divisor: 1 };
      const most = call.sampleSize + 1;
      const { records = [] } = await client.ask({ ask: 'read', entity, slice, after: null, most }, call);
      const inference = createSchemaInference({ entity, key: stored.key.map(({ name, role }) => ({ name, role })) });
      const decoder = codec.createDecoder(stored);
      for (const record of records.slice(0, call.sampleSize))
        inference.observe(decoder.decode(record), bytesOf(record));
      return inference.finish({ complete: records.length <= call.sampleSize });
    },
    async *planPartitions(entity, call) {
      found(await client.ask({ ask: 'schema', entity }, call), entity);
      for (let remainder = 0; remainder < call.targetCount; remainder += 1)
        yield { entity, id: `${remainder} of ${call.targetCount}`, range: { remainder, divisor: call.targetCount } };
    },
    async *readPartition({ entity, range }, call) {
      const slice = range as { readonly remainder: number; readonly divisor: number } satisfies KeySlice;
      let after = (call.after ?? null) as string | null;
      let most = Math.min(call.batchRecords, 100);
      for (;;) {
        const { records = [] } = found(await client.ask({ ask: 'read', entity, slice, after, most }, call), entity);
        const batch = withinBytes(records, call.batchBytes);
        const last = batch.at(-1);
        if (last === undefined) return;
        after = last.key;
        most = Math.min(call.batchRecords, 100, batch.length * 2);
        yield { records: batch, position: last.key, bytes: batch.reduce((sum, record) => sum + bytesOf(record), 0) };
      }
    },
    watch: (entity, call) => watchChanges(client, entity, call),
  };
}

/** Asks again and again, and says after a while that nothing is new. */
async function* watchChanges(
  client: ReferenceClient,
  entity: EntityName,
  call: WatchOptions,
): AsyncGenerator<ChangeBatch<StoredRecord>> {
  let position = call.after ?? null;
  for (let look = 0; ; look += 1) {
    const answer = found(
      await client.ask({ ask: 'changes', entity, after: position, most: call.batchChanges }, call),
      entity,
    );
    if (answer.untold) throw feedMissing(entity);
    if (answer.position === undefined) throw changesLost(entity);
    const changes = (answer.changes ?? []).map(({ key, fields }) => ({
      type: fields === null ? ('deleted' as const) : ('written' as const),
      record: { key, fields: fields ?? '{}' },
    }));
    if (changes.length > 0 || position === null || look % 10 === 9) yield { changes, position: answer.position };
    else await pause(20, undefined, { signal: call.signal }).catch(() => call.signal.throwIfAborted());
    position = answer.position;
  }
}

/** The records at the beginning that fit, and always one. */
function withinBytes(records: readonly StoredRecord[], bytes: number): readonly StoredRecord[] {
  let left = bytes;
  let count = 0;
  for (const record of records) {
    left -= bytesOf(record);
    if (left < 0 && count > 0) break;
    count += 1;
  }
  return records.slice(0, count);
}

function bytesOf({ key, fields }: StoredRecord): number {
  return key.length + fields.length;
}

function createTarget(client: ReferenceClient, manifest: Manifest): Target<StoredRecord> {
  const stored = (schema: EntitySchema): string => JSON.stringify({ ...schema, origin: 'declared' });
  return {
    async planEntity(schema, call) {
      const there = await client.ask({ ask: 'schema', entity: schema.entity }, call);
      const exists = there.missing !== true;
      return {
        exists,
        statements: exists ? [] : [`make ${schema.entity}`],
        conflicts: [],
        fingerprint: exists ? `there: ${there.schema ?? ''}` : 'absent',
      };
    },
    async prepareEntity(schema, call) {
      await client.ask({ ask: 'make', entity: schema.entity, schema: stored(schema) }, call);
    },
    async writeBatch(entity, records, call) {
      if (!manifest.writeModes.includes(call.mode)) throw modeMissing(call.mode);
      const over = call.mode === 'replace';
      const { taken = [] } = found(await client.ask({ ask: 'write', entity, records, over }, call), entity);
      if (call.mode === 'skip') return { failures: [], unchanged: taken.length };
      return { failures: taken.map((index) => ({ index, error: recordExists() })), unchanged: 0 };
    },
  };
}

function createAdmin(client: ReferenceClient): Admin {
  return {
    async countRecords(entity, call) {
      const { count = 0 } = found(await client.ask({ ask: 'count', entity }, call), entity);
      return { value: count, exact: true };
    },
    async deleteRecords({ entity }, keys, call) {
      const texts = keys === 'all' ? null : keys.map(valueToText);
      const { count = 0 } = found(await client.ask({ ask: 'delete', entity, keys: texts }, call), entity);
      return { failures: [], unchanged: keys === 'all' ? 0 : keys.length - count };
    },
    async dropEntity(entity, call) {
      await client.ask({ ask: 'drop', entity }, call);
    },
    async dropDatabase(call: CallOptions) {
      await client.ask({ ask: 'drop-place', entity: '' }, call);
    },
  };
}

function found(answer: StoreAnswer, entity: EntityName): StoreAnswer {
  if (answer.missing !== true) return answer;
  throw new DatamigratoError({
    code: 'DM_ENTITY_MISSING',
    category: 'endpoint',
    message: `The store has no entity ${entity}`,
    nextStep: 'list the entities',
    context: { entity },
  });
}

function feedMissing(entity: EntityName): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CHANGES_UNSUPPORTED',
    category: 'endpoint',
    message: `The store tells nobody of changes of ${entity}`,
    nextStep: 'copy while nothing writes to it',
  });
}

function changesLost(entity: EntityName): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CHANGES_LOST',
    category: 'endpoint',
    message: `The store does not know the position reached in the changes of ${entity}`,
    nextStep: 'copy it anew',
  });
}

function modeMissing(mode: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_OPTIONS_INVALID',
    category: 'usage',
    message: `The store cannot write in mode ${mode}`,
    nextStep: 'write in mode `replace`',
  });
}
