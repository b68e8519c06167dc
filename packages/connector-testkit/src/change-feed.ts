import {
  type CallOptions,
  type Change,
  type ChangeBatch,
  type DataRecord,
  type Endpoint,
  type EntitySchema,
  type Json,
  type RecordDecoder,
  valuesEqual,
} from '@datamigrato/core';
import { call } from './case-session.js';
import { within } from './conformance-case.js';
import { expectThat, keyText } from './expectation.js';

/** How changes are followed. */
export interface Following extends Partial<CallOptions> {
  readonly after?: Json;
  readonly batchChanges?: number;
}

/** A change with its record decoded. Of a deletion, the key alone counts. */
export interface DecodedChange {
  readonly type: Change<unknown>['type'];
  readonly record: DataRecord;
}

/** Changes in order, with the position behind them as a state file would keep it. */
interface DecodedChanges {
  readonly changes: readonly DecodedChange[];
  readonly position: Json;
}

/** The changes of an entity, asked for as core asks: one batch after the other. */
export interface Feed {
  next(): Promise<DecodedChanges>;
  /** Batches until one has this very record written, joined. */
  until(last: DataRecord): Promise<DecodedChanges & { readonly batches: readonly DecodedChanges[] }>;
  leave(): Promise<void>;
}

/** Milliseconds in which a feed says something, be it that nothing is new. */
const patience = 12_000;

/** Opens the changes of an entity. */
export function openFeed(endpoint: Endpoint, schema: EntitySchema, following: Following = {}): Feed {
  const iterator = rawFeed(endpoint, schema, following);
  let decoder: RecordDecoder<unknown> | undefined;
  const next = async (): Promise<DecodedChanges> => {
    const result = await within(patience, iterator.next(), 'the next batch of changes');
    expectThat(result.done !== true, 'the feed of changes ended, which it must not');
    const { changes, position } = result.value;
    decoder ??= await decoderOf(endpoint, schema);
    return { changes: decoded(changes, decoder), position: throughJson(position) };
  };
  return {
    next,
    async until(last) {
      const batches: DecodedChanges[] = [];
      for (const end = Date.now() + patience; ; ) {
        const batch = await next();
        batches.push(batch);
        if (batch.changes.some((change) => isWriting(change, last)))
          return { changes: batches.flatMap(({ changes }) => changes), position: batch.position, batches };
        expectThat(Date.now() < end, `a change is not told within ${patience} ms`);
      }
    },
    async leave() {
      await iterator.return?.();
    },
  };
}

/** The feed itself, for cases about exactly its calls. */
export function rawFeed(
  endpoint: Endpoint,
  { entity }: EntitySchema,
  { batchChanges = 100, ...following }: Following,
): AsyncIterator<ChangeBatch<unknown>> {
  const changes = endpoint.source().watch?.(entity, { ...call, ...following, batchChanges });
  expectThat(changes !== undefined, 'the source has no feed of changes');
  return changes[Symbol.asyncIterator]();
}

/** What records become by these changes, each applied by its key in order. */
export function applied(changes: readonly DecodedChange[], records: readonly DataRecord[]): readonly DataRecord[] {
  const byKey = new Map(records.map((record) => [keyText(record.key), record]));
  for (const { type, record } of changes) {
    if (type === 'written') byKey.set(keyText(record.key), record);
    else byKey.delete(keyText(record.key));
  }
  return [...byKey.values()];
}

async function decoderOf(endpoint: Endpoint, { entity }: EntitySchema): Promise<RecordDecoder<unknown>> {
  const found = await endpoint.source().inferSchema(entity, { ...call, sampleSize: 1000 });
  return endpoint.connector.codec.createDecoder(found);
}

function decoded(changes: readonly Change<unknown>[], decoder: RecordDecoder<unknown>): readonly DecodedChange[] {
  return changes.map(({ type, record }) => ({ type, record: decoder.decode(record) }));
}

function isWriting({ type, record }: DecodedChange, wanted: DataRecord): boolean {
  return type === 'written' && keyText(record.key) === keyText(wanted.key) && valuesEqual(record.fields, wanted.fields);
}

function throughJson(position: unknown): Json {
  const text = JSON.stringify(position);
  expectThat(typeof text === 'string', 'a position of changes is no JSON');
  return JSON.parse(text) as Json;
}
