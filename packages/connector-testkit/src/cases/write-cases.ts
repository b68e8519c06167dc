import { type DataRecord, documentEntries, documentFrom, type EntitySchema, type Manifest } from '@datamigrato/core';
import { call, inPlace, openEndpoint, readEntity, write, writeAll } from '../case-session.js';
import { idempotent, lacksWriteMode, writable, writesIn } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { asContractError, expectRecords, expectThat, keyText } from '../expectation.js';
import type { ConformanceHarness } from '../harness.js';

/** What acknowledged means. */
export const writeCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'acknowledged-is-stored',
    title: 'what is acknowledged is stored',
    promise:
      'When a write has been acknowledged, another client sees its records: nothing waits for more writes or for the end.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        for (const count of [1, 3, 37]) {
          const records = ordinaryRecords(manifest, count);
          await writeAll(endpoint, schema, records);
          expectRecords(await oracle.read(schema), records, `the store right after ${count} records were acknowledged`);
        }
      }),
  }),
  defineCase({
    id: 'writes-outlive-the-endpoint',
    title: 'what is stored stays when the endpoint is closed',
    promise: 'Closing an endpoint takes nothing back.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ place, oracle }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 25);
        const writer = await openEndpoint(harness, place.options);
        await writeAll(writer, schema, records);
        await writer.close();
        expectRecords(await oracle.read(schema), records, 'the store after the endpoint was closed');
      }),
  }),
  defineCase({
    id: 'no-records-is-no-failure',
    title: 'a batch may be empty',
    promise: 'Writing no records succeeds and stores none.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const { failures, unchanged } = await writeAll(endpoint, schema, []);
        expectThat(failures.length === 0 && unchanged === 0, 'an empty batch has failures');
        const count = await oracle.count(schema);
        expectThat(
          count === 0 || (count === undefined && manifest.emptyEntities === false),
          'an empty batch stored something',
        );
      }),
  }),
  defineCase({
    id: 'rewrite-changes-nothing',
    title: 'writing again changes nothing',
    promise: 'A batch that is written again, whole or in part, leaves the store as it was after the first time.',
    when: [writable, idempotent],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = withList(plannedEntity(manifest), manifest);
        const records = ordinaryRecords(manifest, 20).map((record) =>
          manifest.values.array.fidelity === 'exact'
            ? { key: record.key, fields: documentFrom([...documentEntries(record.fields), ['list', ['a', 'b']]]) }
            : record,
        );
        await writeAll(endpoint, schema, records);
        await writeAll(endpoint, schema, records);
        await writeAll(endpoint, schema, records.slice(5, 9));
        await writeAll(endpoint, schema, [...records].reverse());
        expectThat(
          (await oracle.count(schema)) === records.length,
          `${records.length} records, written again and again, are counted as ${await oracle.count(schema)}`,
        );
        expectRecords(await oracle.read(schema), records, 'the store after four writes');
      }),
  }),
  defineCase({
    id: 'rewrite-by-another-process',
    title: 'another process may write again',
    promise: 'A batch whose fate nobody knows is written again by another endpoint, and then is there once.',
    when: [writable, idempotent],
    run: (harness) =>
      inPlace(harness, async ({ place, oracle }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 12);
        for (const batch of [records.slice(0, 8), records, records.slice(4)]) {
          await using endpoint = await openEndpoint(harness, place.options);
          await writeAll(endpoint, schema, batch);
        }
        expectRecords(await oracle.read(schema), records, 'the store after three processes');
      }),
  }),
  defineCase({
    id: 'replace-takes-all-fields',
    title: 'a record takes the place of another whole',
    promise: 'In mode `replace`, a field that only the earlier record had is gone.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema: EntitySchema = { ...plannedEntity(manifest), clearsMissing: true };
        const [first, second] = ordinaryRecords(manifest, 2) as readonly [DataRecord, DataRecord];
        const shorter = { key: first.key, fields: { text: 'shorter' } };
        await writeAll(endpoint, schema, [first, second]);
        await writeAll(endpoint, schema, [shorter]);
        expectRecords(await oracle.read(schema), [shorter, second], 'the store');
      }),
  }),
  defineCase({
    id: 'last-write-wins',
    title: 'the last write of a key is the one that stays',
    promise: 'Writing one key with one text, another, and the first again leaves the first.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        for (const text of ['one', 'two', 'one', 'three', 'two']) {
          const records = [ordinaryRecord(manifest, 1, text), ordinaryRecord(manifest, 2, text)];
          await writeAll(endpoint, schema, records);
          expectRecords(await oracle.read(schema), records, `the store after "${text}" was written`);
        }
      }),
  }),
  defineCase({
    id: 'same-key-in-two-batches',
    title: 'one key in two batches is one record',
    promise: 'A key that comes again in a later batch replaces its record, among others that are new.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        await writeAll(endpoint, schema, ordinaryRecords(manifest, 10));
        const later = Array.from({ length: 10 }, (_, number) => ordinaryRecord(manifest, number + 5, 'later'));
        await writeAll(endpoint, schema, later);
        expectRecords(await oracle.read(schema), [...ordinaryRecords(manifest, 5), ...later], 'the store');
      }),
  }),
  defineCase({
    id: 'create-refuses-what-is-there',
    title: '`create` refuses what is there',
    promise:
      'In mode `create` a record whose key is taken fails with DM_RECORD_EXISTS, and the one that is there stays.',
    when: [writable, writesIn('create')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const there = ordinaryRecord(manifest, 1, 'there first');
        await writeAll(endpoint, schema, [there], 'create');
        const { result } = await write(endpoint, schema, [ordinaryRecord(manifest, 1, 'there second')], 'create');
        const [failure] = result.failures;
        expectThat(failure !== undefined, 'a record was created over another one');
        expectThat(failure.error.code === 'DM_RECORD_EXISTS', `it failed with ${failure.error.code}`);
        expectRecords(await oracle.read(schema), [there], 'the store');
      }),
  }),
  defineCase({
    id: 'failures-are-of-single-records',
    title: 'one record that fails spoils no other',
    promise:
      'Where some records of a batch are refused, exactly these are reported by their index, and all others are stored.',
    when: [writable, writesIn('create')],
    run: (harness) => failuresBySomeIndexes(harness, [[0], [9], [19], [0, 7, 8, 19], [3, 4, 5]]),
  }),
  defineCase({
    id: 'all-records-may-fail',
    title: 'a batch may fail record by record',
    promise: 'Where every record of a batch is refused, each is reported by its index, and nothing is thrown.',
    when: [writable, writesIn('create')],
    run: (harness) => failuresBySomeIndexes(harness, [Array.from({ length: 20 }, (_, index) => index)]),
  }),
  defineCase({
    id: 'skip-leaves-what-is-there',
    title: '`skip` leaves what is there',
    promise: 'In mode `skip` a record whose key is taken is no failure and changes nothing; the others are stored.',
    when: [writable, writesIn('skip')],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const there = [ordinaryRecord(manifest, 1, 'there first'), ordinaryRecord(manifest, 3, 'there first')];
        await writeAll(endpoint, schema, there);
        const { unchanged } = await writeAll(endpoint, schema, ordinaryRecords(manifest, 5), 'skip');
        expectThat(
          unchanged <= there.length,
          `${unchanged} records count as unchanged, and ${there.length} were there`,
        );
        const others = ordinaryRecords(manifest, 5).filter(
          ({ key }) => !there.some((record) => keyText(record.key) === keyText(key)),
        );
        expectRecords(await oracle.read(schema), [...there, ...others], 'the store');
      }),
  }),
  defineCase({
    id: 'other-modes-are-refused',
    title: 'a write mode that the manifest lacks is refused',
    promise: 'A mode that the manifest does not name is an error or fails each record; it never overwrites.',
    when: [writable, lacksWriteMode],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const there = ordinaryRecord(manifest, 1, 'there first');
        await writeAll(endpoint, schema, [there]);
        for (const mode of (['create', 'skip'] as const).filter((each) => !manifest.writeModes.includes(each))) {
          const writing = write(endpoint, schema, [ordinaryRecord(manifest, 1, 'there second')], mode);
          await writing.then(
            ({ refused }) => expectThat(refused.length === 1, `a record was acknowledged in mode ${mode}`),
            (thrown: unknown) => asContractError(thrown, `writing in mode ${mode}`),
          );
          expectRecords(await oracle.read(schema), [there], 'the store');
        }
      }),
  }),
  defineCase({
    id: 'concurrent-writes',
    title: 'as many writes at once as the manifest says',
    promise: 'Batches that are written at the same time are all stored, and each result is of its own batch.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 200);
        await endpoint.target().prepareEntity(schema, call);
        const writers = Math.min(manifest.limits.concurrentWrites, 16);
        const share = Math.ceil(records.length / writers);
        await Promise.all(
          Array.from({ length: writers }, (_, writer) =>
            writeAll(endpoint, schema, records.slice(writer * share, (writer + 1) * share)),
          ),
        );
        expectRecords(await oracle.read(schema), records, `the store after ${writers} writes at once`);
      }),
  }),
  defineCase({
    id: 'write-without-prepare',
    title: 'a write to what is not prepared is not lost',
    promise:
      'Writing to an entity that nobody prepared fails, or stores the records; it never acknowledges and forgets.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest, codec } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 3);
        const encoder = codec.createEncoder(schema);
        const natives = records.map((record) => encoder.encode(record));
        const writing = endpoint.target().writeBatch(schema.entity, natives, { ...call, mode: 'replace' });
        const failed = await writing.then(
          ({ failures }) => failures.length,
          (thrown: unknown) => {
            asContractError(thrown, 'writing to an entity that is not there');
            return records.length;
          },
        );
        const stored = (await oracle.count(schema)) ?? 0;
        expectThat(
          stored === records.length - failed,
          `${records.length - failed} records are acknowledged and ${stored} stored`,
        );
      }),
  }),
  defineCase({
    id: 'written-is-read',
    title: 'what one side writes the other reads',
    promise: 'A connector that reads and writes reads what it wrote, through the same endpoint.',
    when: [writable, ({ connector }) => (connector.capabilities.source ? undefined : 'the connector has no source')],
    run: (harness) =>
      inPlace(harness, async ({ endpoint }) => {
        const { manifest } = harness.connector;
        const schema = plannedEntity(manifest);
        const records = ordinaryRecords(manifest, 150);
        await writeAll(endpoint, schema, records);
        expectRecords(await readEntity(endpoint, schema, 3), records, 'read');
        const more = ordinaryRecord(manifest, 1000);
        await writeAll(endpoint, schema, [more]);
        expectRecords(await readEntity(endpoint, schema, 3), [...records, more], 'read once more');
      }),
  }),
];

/** A list field beside the ordinary ones, where the store holds lists. */
function withList(schema: EntitySchema, { shape, values }: Manifest): EntitySchema {
  if (values.array.fidelity !== 'exact') return schema;
  const type = { kind: 'array', element: { kind: 'string' } } as const;
  return { ...schema, fields: [...schema.fields, { name: 'list', ...(shape === 'table' && { type }) }] };
}

/** Creates 20 records of which some are there already, for each choice of indexes. */
async function failuresBySomeIndexes(
  harness: ConformanceHarness,
  choices: readonly (readonly number[])[],
): Promise<void> {
  await inPlace(harness, async ({ oracle, endpoint }) => {
    const { manifest } = harness.connector;
    for (const taken of choices) {
      const schema = plannedEntity(manifest);
      const there = taken.map((number) => ordinaryRecord(manifest, number, 'there first'));
      await writeAll(endpoint, schema, there);
      const records = ordinaryRecords(manifest, 20);
      const { result } = await write(endpoint, schema, records, 'create');
      const found = result.failures.map(({ index }) => index).sort((left, right) => left - right);
      expectThat(
        found.join() === taken.join(),
        `the records ${taken.join()} were there, and ${found.join() || 'none'} are reported as failed`,
      );
      for (const { error } of result.failures) {
        asContractError(error, 'creating a record that is there');
        expectThat(error.category === 'record', `a record that is there fails with category ${error.category}`);
      }
      const created = records.filter((_, index) => !taken.includes(index));
      expectRecords(await oracle.read(schema), [...there, ...created], 'the store');
    }
  });
}
