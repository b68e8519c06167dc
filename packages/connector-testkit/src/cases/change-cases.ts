import { setTimeout as sleep } from 'node:timers/promises';
import type { DataRecord, EntitySchema, Json } from '@datamigrato/core';
import { type CaseSession, inPlace, inSeededPlace, openEndpoint } from '../case-session.js';
import { applied, type DecodedChange, type Following, openFeed, rawFeed } from '../change-feed.js';
import { readable, tellsChanges, tellsNoChangesHere } from '../conditions.js';
import { type ConformanceCase, defineCase } from '../conformance-case.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { contractError, expectRecords, expectThat, keyText, rejection } from '../expectation.js';
import type { ConformanceHarness, Oracle, OracleChange } from '../harness.js';
import { expectNothingLeft, usualResources } from '../open-resources.js';

/** Milliseconds in which an aborted call has to settle, on a machine that does other things as well. */
const soon = 5000;

/** Following what becomes of records after they were read. */
export const changeCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'changes-are-declared',
    title: 'a source has a feed of changes, or has none',
    promise: 'A source has `watch` exactly where its harness says what becomes of changes.',
    when: [readable],
    run: (harness) =>
      inPlace(harness, async ({ endpoint, oracle }) => {
        const { changes } = harness;
        const has = endpoint.source().watch !== undefined;
        expectThat(
          has === (changes !== undefined),
          `the source has ${has ? 'a' : 'no'} feed, the harness \`${changes}\``,
        );
        expectThat(changes !== 'told' || oracle.change !== undefined, 'the oracle makes no changes');
      }),
  }),
  defineCase({
    id: 'untold-changes-are-refused',
    title: 'a store that tells nobody of changes says so',
    promise: 'Where this very store has no feed, watching is refused at once with `DM_CHANGES_UNSUPPORTED`.',
    when: [readable, tellsNoChangesHere],
    run: (harness) =>
      withRecords(harness, async ({ endpoint }, schema) => {
        const error = await contractError(rawFeed(endpoint, schema, {}).next(), 'watching', 20_000);
        expectThat(error.code === 'DM_CHANGES_UNSUPPORTED', `watching is refused with ${error.code}`);
      }),
  }),
  defineCase({
    id: 'changes-begin-now',
    title: 'changes begin at the moment of asking',
    promise:
      'The first batch of a feed without a position is empty and tells the position of now: no later change is missed, no earlier one told.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint, oracle }, schema) => {
        const { manifest } = harness.connector;
        await change(oracle, schema, written(ordinaryRecord(manifest, 1, 'before')));
        const feed = openFeed(endpoint, schema);
        const { changes, position } = await feed.next();
        expectThat(changes.length === 0, `the first batch has ${changes.length} changes`);
        const made = [ordinaryRecord(manifest, 2, 'right after'), ordinaryRecord(manifest, 3, 'later')] as const;
        await change(oracle, schema, written(made[0]));
        const next = await feed.next();
        await change(oracle, schema, written(made[1]));
        const rest = await feed.until(made[1]);
        await feed.leave();
        expectKeys([...next.changes, ...rest.changes], made, 'the same feed');
        const another = openFeed(endpoint, schema, { after: position });
        expectKeys((await another.until(made[1])).changes, made, 'a feed after the position of the first batch');
        await another.leave();
      }),
  }),
  defineCase({
    id: 'changes-lead-to-the-store',
    title: 'changes lead to what the store holds',
    promise:
      'Applied by key in their order, the changes since a position lead from any mixture of states to what the store holds.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint, oracle }, schema, seeded) => {
        const feed = openFeed(endpoint, schema);
        await feed.next();
        const last = await changeMuch(harness, oracle, schema);
        const { changes } = await feed.until(last);
        await feed.leave();
        const held = await oracle.read(schema);
        expectRecords(applied(changes, seeded), held, 'the records of before, with the changes');
        expectRecords(applied(changes, held), held, 'the records of now, with the changes once more');
      }),
  }),
  defineCase({
    id: 'changes-go-on-after-every-position',
    title: 'changes go on after every position',
    promise:
      'A feed that is opened again after any batch, in another process, tells each change that follows and none before.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ place, endpoint, oracle }, schema) => {
        const feed = openFeed(endpoint, schema, { batchChanges: 3 });
        const start = await feed.next();
        const last = await changeMuch(harness, oracle, schema);
        const { batches, changes } = await feed.until(last);
        await feed.leave();
        const keys = changes.map(({ record }) => keyText(record.key));
        await using other = await openEndpoint(harness, place.options);
        let passed = 0;
        for (const batch of [start, ...batches.slice(0, -1)]) {
          passed += batch.changes.length;
          const again = openFeed(other, schema, { after: batch.position, batchChanges: 100 });
          const found = (await again.until(last)).changes.map(({ record }) => keyText(record.key));
          await again.leave();
          const expected = keys.slice(passed);
          expectThat(
            found.length === expected.length && found.every((key, index) => key === expected[index]),
            `after ${passed} changes, ${found.length} follow instead of ${expected.length}, or in another order`,
          );
        }
      }),
  }),
  defineCase({
    id: 'unknown-position-of-changes-is-refused',
    title: 'a position that the store does not know is refused',
    promise:
      'Changes after a position that cannot be gone on from are refused with `DM_CHANGES_LOST`, and never told from now on.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint }, schema) => {
        for (const after of ['of another store', { position: 'of another store' }] satisfies Json[]) {
          const what = `watching after ${JSON.stringify(after)}`;
          const error = await contractError(rawFeed(endpoint, schema, { after }).next(), what, 20_000);
          expectThat(error.code === 'DM_CHANGES_LOST', `${what} is refused with ${error.code}`);
        }
      }),
  }),
  defineCase({
    id: 'quiet-feed-says-so',
    title: 'a feed with nothing new says so',
    promise: 'Where nothing changes, empty batches keep coming, about one a second, and the feed does not end.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint, oracle }, schema) => {
        const feed = openFeed(endpoint, schema);
        for (let batch = 0; batch < 4; batch += 1) {
          const { changes } = await feed.next();
          expectThat(changes.length === 0, `${changes.length} changes are told where none was made`);
        }
        const record = ordinaryRecord(harness.connector.manifest, 1, 'after the quiet');
        await change(oracle, schema, written(record));
        expectKeys((await feed.until(record)).changes, [record], 'the feed after the quiet');
        await feed.leave();
      }),
  }),
  defineCase({
    id: 'batches-of-changes-are-bounded',
    title: 'a batch has no more changes than asked for',
    promise: 'However many changes wait, a batch has at most `batchChanges` of them, and all come.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint, oracle }, schema) => {
        const feed = openFeed(endpoint, schema, { batchChanges: 4 });
        await feed.next();
        const last = await changeMuch(harness, oracle, schema);
        const { batches, changes } = await feed.until(last);
        await feed.leave();
        const most = Math.max(...batches.map((batch) => batch.changes.length));
        expectThat(most <= 4, `a batch has ${most} changes where 4 were asked for`);
        expectThat(changes.length === muchChanged, `${changes.length} of ${muchChanged} changes are told`);
      }),
  }),
  defineCase({
    id: 'changes-of-others-are-not-told',
    title: 'a feed is about one entity',
    promise: 'Changes of other entities are not told.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint, oracle }, schema, seeded) => {
        const { manifest } = harness.connector;
        const other = plannedEntity(manifest);
        await oracle.seed(other, seeded);
        const feed = openFeed(endpoint, schema);
        await feed.next();
        for (const record of seeded.slice(0, 3)) await change(oracle, other, { type: 'deleted', key: record.key });
        await change(oracle, other, written(ordinaryRecord(manifest, 7)));
        const record = ordinaryRecord(manifest, 1, 'of this one');
        await change(oracle, schema, written(record));
        expectKeys((await feed.until(record)).changes, [record], 'the feed');
        await feed.leave();
      }),
  }),
  defineCase({
    id: 'watching-can-be-broken-off',
    title: 'a feed is broken off by its signal',
    promise:
      'A feed rejects with the reason of its signal: at once where it is aborted before, soon where it waits for something new.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint }, schema) => {
        const { position } = await firstOf(endpoint, schema);
        const reason = new Error('the user changed their mind');
        for (const after of [undefined, position]) {
          const following: Following = { signal: AbortSignal.abort(reason), ...(after !== undefined && { after }) };
          const thrown = await rejection(rawFeed(endpoint, schema, following).next(), 'watching when aborted', soon);
          expectThat(thrown === reason, `it rejects with ${String(thrown)} instead of the signal's reason`);
        }
        for (const delay of [0, 50, 300]) {
          const controller = new AbortController();
          const feed = rawFeed(endpoint, schema, { signal: controller.signal, after: position });
          const waiting = (async () => {
            for (;;) await feed.next();
          })();
          // Met below.
          waiting.catch(() => undefined);
          await sleep(delay);
          controller.abort(reason);
          const thrown = await rejection(waiting, 'a feed that was broken off', soon);
          expectThat(thrown === reason, `it rejects with ${String(thrown)} instead of the signal's reason`);
        }
        await firstOf(endpoint, schema);
      }),
  }),
  defineCase({
    id: 'left-feeds-hold-nothing',
    title: 'a feed that is left holds nothing',
    promise: 'Leaving the loop over changes frees what it held: cursors, sockets, timers.',
    when: [readable, tellsChanges],
    run: (harness) =>
      withRecords(harness, async ({ endpoint }, schema) => {
        const { position } = await firstOf(endpoint, schema);
        const leave = async (): Promise<void> => {
          const feed = openFeed(endpoint, schema, { after: position });
          await feed.next();
          await feed.leave();
        };
        for (let round = 0; round < 2; round += 1) await Promise.all(Array.from({ length: 8 }, leave));
        const before = await usualResources();
        for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 8 }, leave));
        // A pool of connections may still grow a little; what each feed leaves behind is more than that.
        await expectNothingLeft(before, 'after 24 feeds that were left', 10);
      }),
  }),
];

const written = (record: DataRecord): OracleChange => ({ type: 'written', record });

/** Changes that {@link changeMuch} makes. */
const muchChanged = 12;

/** New records, new contents, deletions, and records that come back. Resolves to the one that is written last. */
async function changeMuch(harness: ConformanceHarness, oracle: Oracle, schema: EntitySchema): Promise<DataRecord> {
  const { manifest } = harness.connector;
  const record = (number: number, text?: string): DataRecord => ordinaryRecord(manifest, number, text);
  const last = record(7, 'the last');
  const changes: readonly OracleChange[] = [
    written(record(6)),
    written(record(1, 'changed')),
    { type: 'deleted', key: record(2).key },
    written(record(2, 'back again')),
    written(record(3, 'changed in vain')),
    { type: 'deleted', key: record(3).key },
    written(record(4, 'changed')),
    written(record(4, 'changed twice')),
    { type: 'deleted', key: record(0).key },
    written(record(0, 'back')),
    { type: 'deleted', key: record(0).key },
    written(last),
  ];
  for (const each of changes) await change(oracle, schema, each);
  expectThat(changes.length === muchChanged, 'the kit makes another number of changes than it says');
  return last;
}

async function change(oracle: Oracle, schema: EntitySchema, made: OracleChange): Promise<void> {
  expectThat(oracle.change !== undefined, 'the oracle makes no changes');
  await oracle.change(schema, made);
}

async function firstOf(endpoint: CaseSession['endpoint'], schema: EntitySchema): Promise<{ readonly position: Json }> {
  const feed = openFeed(endpoint, schema);
  const first = await feed.next();
  await feed.leave();
  return first;
}

function expectKeys(changes: readonly DecodedChange[], records: readonly DataRecord[], what: string): void {
  const found = changes.map(({ record }) => keyText(record.key));
  const expected = records.map(({ key }) => keyText(key));
  expectThat(
    found.length === expected.length && found.every((key, index) => key === expected[index]),
    `${what} tells of ${found.join(', ') || 'nothing'} instead of ${expected.join(', ')}`,
  );
}

async function withRecords(
  harness: ConformanceHarness,
  body: (session: CaseSession, schema: EntitySchema, seeded: readonly DataRecord[]) => Promise<void>,
): Promise<void> {
  const { manifest } = harness.connector;
  const schema = plannedEntity(manifest);
  const seeded = ordinaryRecords(manifest, 6);
  await inSeededPlace(
    harness,
    (oracle) => oracle.seed(schema, seeded),
    (session) => body(session, schema, seeded),
  );
}
