import { isDeepStrictEqual } from 'node:util';
import type { DataRecord, EntitySchema, Json, Partition } from '@datamigrato/core';
import {
  batchesOf,
  type CaseSession,
  call,
  type DecodedBatch,
  fullestPartition,
  inSeededPlace,
  openEndpoint,
  partitionsOf,
  type Reading,
  readEntity,
  readOptions,
  writeAll,
} from '../case-session.js';
import { emptyEntities, moving, readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { hostileKeys } from '../data/hostile-keys.js';
import { ordinaryKeyKind, ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { expectRecords, expectThat, keyText } from '../expectation.js';
import type { ConformanceHarness, Oracle } from '../harness.js';

/** Into how many parts entities are cut. */
const cuts: readonly number[] = [1, 2, 7, 50];

interface Seeded extends CaseSession {
  readonly schema: EntitySchema;
  readonly records: readonly DataRecord[];
}

/** Partitions and positions: complete, disjoint, and to be resumed from anywhere. */
export const readingCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'partitions-are-complete',
    title: 'partitions together are all of it',
    promise: 'However an entity is cut, every record is read, whatever its key.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async ({ endpoint, schema, records }) => {
        for (const cut of cuts) {
          const found = new Set((await readEntity(endpoint, schema, cut)).map(({ key }) => keyText(key)));
          const missing = records.filter(({ key }) => !found.has(keyText(key)));
          expectThat(
            missing.length === 0,
            `cut into ${cut}, ${missing.length} of ${records.length} records are not read, such as ${missing
              .slice(0, 3)
              .map(({ key }) => keyText(key))
              .join(' and ')}`,
          );
        }
      }),
  }),
  defineCase({
    id: 'partitions-are-disjoint',
    title: 'no record is in two partitions',
    promise: 'However an entity is cut, no record is read twice.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async ({ endpoint, schema }) => {
        for (const cut of cuts) {
          const seen = new Set<string>();
          for (const { key } of await readEntity(endpoint, schema, cut)) {
            const text = keyText(key);
            expectThat(!seen.has(text), `cut into ${cut}, the record ${text} is read twice`);
            seen.add(text);
          }
        }
      }),
  }),
  defineCase({
    id: 'records-are-read-whole',
    title: 'what is read is what the store has',
    promise: 'Records come with their own key and all of their fields.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async ({ oracle, endpoint, schema, records }) => {
        expectRecords(await oracle.read(schema), records, 'the harness itself, seeding and reading');
        expectRecords(await readEntity(endpoint, schema, 3), records, 'read');
      }),
  }),
  defineCase({
    id: 'partition-ids-tell-apart',
    title: 'partitions have ids of their own',
    promise: 'Within an entity each partition has a short, printable id, the same in every run.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async ({ endpoint, schema }) => {
        for (const cut of cuts) {
          const partitions = await partitionsOf(endpoint, schema, cut);
          const ids = partitions.map(({ id }) => id);
          expectThat(new Set(ids).size === ids.length, `cut into ${cut}, two partitions have one id: ${ids.join(' ')}`);
          for (const id of ids)
            expectThat(id.length > 0 && id.length <= 300 && !/\p{Cc}/u.test(id), `an id is ${JSON.stringify(id)}`);
          const again = (await partitionsOf(endpoint, schema, cut)).map(({ id }) => id);
          expectThat(
            isDeepStrictEqual(again, ids),
            `the same entity is cut into ${ids.join(' ')}, then ${again.join(' ')}`,
          );
          for (const { entity } of partitions) expectThat(entity === schema.entity, `a partition is of ${entity}`);
        }
      }),
  }),
  defineCase({
    id: 'partitions-are-data',
    title: 'partitions are plain data',
    promise: 'A partition that went through JSON is read by another endpoint with the same records.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async ({ place, endpoint, schema, records }) => {
        await using other = await openEndpoint(harness, place.options);
        const found: DataRecord[] = [];
        for (const partition of await partitionsOf(endpoint, schema, 7)) {
          const stored = JSON.parse(JSON.stringify(partition)) as Partition;
          for (const batch of await batchesOf(other, schema, stored)) found.push(...batch.records);
        }
        expectRecords(found, records, 'read by another endpoint');
      }),
  }),
  defineCase({
    id: 'empty-entity-has-no-records',
    title: 'an empty entity has no records',
    promise: 'An entity without records is read to its end without one.',
    when: [readable, emptyEntities],
    run: (harness) =>
      withRecords(harness, [], async ({ endpoint, schema }) => {
        const found = await readEntity(endpoint, schema, 4);
        expectThat(found.length === 0, `${found.length} records are read from an empty entity`);
      }),
  }),
  defineCase({
    id: 'batches-keep-to-their-records',
    title: 'a batch has no more records than allowed',
    promise: 'No batch has more records than were asked for, and none that is handed out is empty again and again.',
    when: [readable],
    run: (harness) =>
      withOrdinaryRecords(harness, 120, async ({ endpoint, schema }) => {
        for (const batchRecords of [1, 7, 1000]) {
          let empty = 0;
          for (const partition of await partitionsOf(endpoint, schema, 2)) {
            for (const { records } of await batchesOf(endpoint, schema, partition, { batchRecords })) {
              expectThat(records.length <= batchRecords, `a batch of at most ${batchRecords} has ${records.length}`);
              if (records.length === 0) empty += 1;
            }
          }
          expectThat(empty <= 20, `${empty} batches of ${batchRecords} are empty`);
        }
      }),
  }),
  defineCase({
    id: 'batches-keep-to-their-bytes',
    title: 'a batch has about as many bytes as allowed',
    promise: 'Large records come in small batches, and a batch says truly how large it is.',
    when: [readable],
    run(harness) {
      const { manifest } = harness.connector;
      const recordBytes = 8 * 1024;
      const large = Array.from({ length: 40 }, (_, number) =>
        ordinaryRecord(manifest, number, `${number} ${'x'.repeat(recordBytes)}`),
      );
      return withRecords(harness, large, async ({ endpoint, schema }) => {
        const allowed = 4 * recordBytes;
        let told = 0;
        for (const partition of await partitionsOf(endpoint, schema, 1)) {
          for await (const batch of endpoint.source().readPartition(partition, readOptions({ batchBytes: allowed }))) {
            told += batch.bytes;
            expectThat(
              batch.records.length * recordBytes <= 4 * allowed,
              `a batch of about ${allowed} bytes has ${batch.records.length} records of ${recordBytes} bytes`,
            );
          }
        }
        const real = large.length * recordBytes;
        expectThat(told >= real / 4 && told <= real * 8, `batches of ${real} bytes say that they have ${told}`);
      });
    },
  }),
  defineCase({
    id: 'order-is-repeated',
    title: 'a partition has one order',
    promise: 'Reading a partition again gives the same records in the same order.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async (session) => {
        for (const partition of await partitionsOf(session.endpoint, session.schema, 3)) {
          const first = await flatKeys(session, partition);
          const second = await flatKeys(session, partition, { batchRecords: 3 });
          expectThat(isDeepStrictEqual(first, second), `the partition ${partition.id} is read in two orders`);
        }
      }),
  }),
  defineCase({
    id: 'resume-from-every-position',
    title: 'reading goes on after every position',
    promise: 'After any position exactly the records that came behind it are read: none left out, none again.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async (session) => {
        let positions = 0;
        for (const partition of await partitionsOf(session.endpoint, session.schema, 3)) {
          const batches = await batchesOf(session.endpoint, session.schema, partition, { batchRecords: 1 });
          for (const [index, { position }] of batches.entries()) {
            await expectRest(session, partition, batches.slice(index + 1), { after: position });
            positions += 1;
          }
        }
        expectThat(positions >= session.records.length, `${positions} positions for ${session.records.length} records`);
      }),
  }),
  defineCase({
    id: 'resume-with-other-batches',
    title: 'positions do not depend on the size of batches',
    promise: 'A position of large batches is one of small batches as well.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async (session) => {
        for (const partition of await partitionsOf(session.endpoint, session.schema, 2)) {
          const batches = await batchesOf(session.endpoint, session.schema, partition, { batchRecords: 7 });
          for (const [index, { position }] of batches.entries())
            await expectRest(session, partition, batches.slice(index + 1), { after: position, batchRecords: 2 });
        }
      }),
  }),
  defineCase({
    id: 'resume-in-another-process',
    title: 'positions outlive the endpoint',
    promise: 'A position that went through JSON is understood by an endpoint that never saw it.',
    when: [readable],
    run: (harness) =>
      withHostileKeys(harness, async (session) => {
        const partition = await fullestPartition(session.endpoint, session.schema);
        const batches = await batchesOf(session.endpoint, session.schema, partition, { batchRecords: 10 });
        expectThat(batches.length > 1, `${session.records.length} records come in ${batches.length} batches of 10`);
        for (const [index, { position }] of batches.entries()) {
          await using endpoint = await openEndpoint(harness, session.place.options);
          await expectRest({ ...session, endpoint }, partition, batches.slice(index + 1), { after: position });
        }
      }),
  }),
  defineCase({
    id: 'resume-behind-the-end',
    title: 'behind the last position there is nothing',
    promise: 'A reading that goes on after the last position ends without a record.',
    when: [readable],
    run: (harness) =>
      withOrdinaryRecords(harness, 30, async (session) => {
        for (const partition of await partitionsOf(session.endpoint, session.schema, 2)) {
          const batches = await batchesOf(session.endpoint, session.schema, partition, { batchRecords: 4 });
          const last: Json | undefined = batches.at(-1)?.position;
          if (last !== undefined) await expectRest(session, partition, [], { after: last });
        }
      }),
  }),
  defineCase({
    id: 'many-records-are-read',
    title: 'an entity of many pages is read whole',
    promise: 'What takes the store several pages is read to its end, in any number of parts.',
    when: [readable],
    run: (harness) =>
      withOrdinaryRecords(harness, 3000, async ({ endpoint, schema, records }) => {
        for (const cut of [1, 5])
          expectRecords(await readEntity(endpoint, schema, cut, { batchRecords: 250 }), records, `read in ${cut}`);
      }),
  }),
  defineCase({
    id: 'others-write-meanwhile',
    title: 'what others write does not disturb a reading',
    promise:
      'While others add records, every record that was there before is read exactly once, and a new one at most once.',
    when: [readable, writable, moving],
    run(harness) {
      const { manifest } = harness.connector;
      const before = Array.from({ length: 120 }, (_, number) => ordinaryRecord(manifest, 1000 + number));
      return withRecords(harness, before, async ({ place, endpoint, schema }) => {
        await using other = await openEndpoint(harness, place.options);
        const decoder = harness.connector.codec.createDecoder(
          await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 100 }),
        );
        const seen = new Map<string, number>();
        let added = 0;
        for (const partition of await partitionsOf(endpoint, schema, 2)) {
          const reading = endpoint.source().readPartition(partition, readOptions({ batchRecords: 7 }));
          for await (const { records } of reading) {
            for (const native of records) {
              const key = keyText(decoder.decode(native).key);
              seen.set(key, (seen.get(key) ?? 0) + 1);
            }
            await writeAll(other, schema, [ordinaryRecord(manifest, added)]);
            added += 1;
          }
        }
        const twice = [...seen].find(([, times]) => times > 1);
        expectThat(twice === undefined, `the record ${twice?.[0]} is read ${twice?.[1]} times while others write`);
        const missing = before.filter(({ key }) => !seen.has(keyText(key)));
        expectThat(missing.length === 0, `${missing.length} records are not read while others write`);
      });
    },
  }),
  defineCase({
    id: 'reading-changes-nothing',
    title: 'reading leaves the store as it is',
    promise: 'Listing, sampling, cutting and reading change no record.',
    when: [readable],
    run: (harness) =>
      withOrdinaryRecords(harness, 20, async ({ oracle, endpoint, schema, records }) => {
        await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 10 });
        await readEntity(endpoint, schema, 4);
        expectRecords(await oracle.read(schema), records, 'the store after it was read');
      }),
  }),
];

/** Runs a body on an entity whose keys a careless scan loses. */
function withHostileKeys(harness: ConformanceHarness, body: (session: Seeded) => Promise<void>): Promise<void> {
  const { manifest } = harness.connector;
  const kind = ordinaryKeyKind(manifest);
  const schema = plannedEntity(manifest, { keyKinds: [kind] });
  const seed = async (oracle: Oracle): Promise<readonly DataRecord[]> => {
    const keys = hostileKeys(manifest, kind).filter((key) => oracle.takesKey?.(key) ?? true);
    expectThat(keys.length >= 5, `the harness can store ${keys.length} hostile keys of kind ${kind}`);
    const records = keys.map((key, number) => ({ ...ordinaryRecord(manifest, number % 100), key }));
    await oracle.seed(schema, records);
    return records;
  };
  return inSeededPlace(harness, seed, (session, records) => body({ ...session, schema, records }));
}

function withOrdinaryRecords(
  harness: ConformanceHarness,
  count: number,
  body: (session: Seeded) => Promise<void>,
): Promise<void> {
  return withRecords(harness, ordinaryRecords(harness.connector.manifest, count), body);
}

function withRecords(
  harness: ConformanceHarness,
  records: readonly DataRecord[],
  body: (session: Seeded) => Promise<void>,
): Promise<void> {
  const schema = plannedEntity(harness.connector.manifest);
  const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, records);
  return inSeededPlace(harness, seed, (session) => body({ ...session, schema, records }));
}

async function flatKeys(session: Seeded, partition: Partition, reading: Reading = {}): Promise<readonly string[]> {
  const batches = await batchesOf(session.endpoint, session.schema, partition, reading);
  return batches.flatMap(({ records }) => records.map(({ key }) => keyText(key)));
}

/** Throws unless a reading gives exactly the records of these batches, in their order. */
async function expectRest(
  session: Seeded,
  partition: Partition,
  rest: readonly DecodedBatch[],
  reading: Reading,
): Promise<void> {
  const expected = rest.flatMap(({ records }) => records.map(({ key }) => keyText(key)));
  const found = await flatKeys(session, partition, reading);
  const place = JSON.stringify(reading.after).slice(0, 200);
  const missing = expected.filter((key) => !found.includes(key));
  expectThat(missing.length === 0, `after ${place}, ${missing.length} records are left out, such as ${missing[0]}`);
  const again = found.filter((key) => !expected.includes(key));
  expectThat(again.length === 0, `after ${place}, ${again.length} records come again, such as ${again[0]}`);
  expectThat(isDeepStrictEqual(found, expected), `after ${place}, the records come in another order`);
}
