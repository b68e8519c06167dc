import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions, DataRecord, EntitySchema } from '@datamigrato/core';
import {
  type CaseSession,
  call,
  collected,
  fullestPartition,
  inPlace,
  inSeededPlace,
  openEndpoint,
  partitionsOf,
  readEntity,
  readOptions,
  write,
  writeAll,
} from '../case-session.js';
import { readable, writable } from '../conditions.js';
import { type ConformanceCase, defineCase, within } from '../conformance-case.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { expectRecords, expectThat, keyText, rejection } from '../expectation.js';
import type { ConformanceHarness, Oracle } from '../harness.js';
import { expectNothingLeft, usualResources } from '../open-resources.js';

/** Milliseconds in which an aborted call has to settle, on a machine that does other things as well. */
const soon = 5000;

/** Breaking off, and what is left behind. */
export const cancelCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'aborted-source-does-nothing',
    title: 'an aborted signal stops every call of a source',
    promise: 'A call that is given an aborted signal rejects with its reason.',
    when: [readable],
    run: (harness) =>
      withRecords(harness, 5, async ({ endpoint }, schema) => {
        const partition = await fullestPartition(endpoint, schema);
        const source = endpoint.source();
        await everyCallRejects({
          listEntities: (aborted) => collected(source.listEntities(aborted)),
          inferSchema: (aborted) => source.inferSchema(schema.entity, { ...aborted, sampleSize: 10 }),
          planPartitions: (aborted) => collected(source.planPartitions(schema.entity, { ...aborted, targetCount: 2 })),
          readPartition: (aborted) => collected(source.readPartition(partition, { ...readOptions(), ...aborted })),
        });
        expectThat((await readEntity(endpoint, schema)).length === 5, 'the endpoint is unusable after aborted calls');
      }),
  }),
  defineCase({
    id: 'aborted-target-does-nothing',
    title: 'an aborted signal stops every call of a target',
    promise: 'A call that is given an aborted signal rejects with its reason and changes nothing.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest, codec } = harness.connector;
        const schema = plannedEntity(manifest);
        const absent = plannedEntity(manifest);
        const [record, other] = ordinaryRecords(manifest, 2) as readonly [DataRecord, DataRecord];
        await writeAll(endpoint, schema, [record]);
        const target = endpoint.target();
        const natives = [codec.createEncoder(schema).encode(other)];
        await everyCallRejects({
          planEntity: (aborted) => target.planEntity(schema, aborted),
          prepareEntity: (aborted) => target.prepareEntity(absent, aborted),
          writeBatch: (aborted) => target.writeBatch(schema.entity, natives, { ...aborted, mode: 'replace' }),
        });
        expectRecords(await oracle.read(schema), [record], 'the store');
        expectThat((await oracle.count(absent)) === undefined, 'an aborted preparation made the entity');
        await writeAll(endpoint, schema, [other]);
        expectRecords(await oracle.read(schema), [record, other], 'the store, after a write that was not aborted');
      }),
  }),
  defineCase({
    id: 'aborted-admin-does-nothing',
    title: 'an aborted signal stops every call of an admin',
    promise: 'A call that is given an aborted signal rejects with its reason and deletes nothing.',
    when: [({ connector }) => (connector.capabilities.admin ? undefined : 'the connector has no admin')],
    run: (harness) =>
      withRecords(harness, 4, async ({ oracle, endpoint }, schema) => {
        const records = ordinaryRecords(harness.connector.manifest, 4);
        const admin = endpoint.admin();
        expectThat(admin !== undefined, 'there is no admin');
        await everyCallRejects({
          countRecords: (aborted) => admin.countRecords(schema.entity, aborted),
          deleteRecords: (aborted) =>
            admin.deleteRecords(
              schema,
              records.map(({ key }) => key),
              aborted,
            ),
          deleteAllRecords: (aborted) => admin.deleteRecords(schema, 'all', aborted),
          dropEntity: (aborted) => admin.dropEntity(schema.entity, aborted),
        });
        expectRecords(await oracle.read(schema), records, 'the store');
      }),
  }),
  defineCase({
    id: 'reading-can-be-broken-off',
    title: 'a reading is broken off by its signal',
    promise: 'A reading whose signal is aborted between two batches rejects soon with the reason.',
    when: [readable],
    run: (harness) =>
      withRecords(harness, 400, async ({ endpoint }, schema) => {
        const partition = await fullestPartition(endpoint, schema);
        const controller = new AbortController();
        const reason = new Error('the user changed their mind');
        const reading = (async () => {
          let batches = 0;
          const options = { ...readOptions({ batchRecords: 10 }), signal: controller.signal };
          for await (const batch of endpoint.source().readPartition(partition, options)) {
            batches += batch.records.length > 0 ? 1 : 0;
            if (batches === 2) controller.abort(reason);
          }
        })();
        const thrown = await rejection(reading, 'a reading that was broken off', soon);
        expectThat(thrown === reason, `it rejects with ${String(thrown)} instead of the signal's reason`);
        const count = (await readEntity(endpoint, schema)).length;
        expectThat(count === 400, `after that, ${count} of 400 records are read`);
      }),
  }),
  defineCase({
    id: 'writing-can-be-broken-off',
    title: 'a write is broken off by its signal',
    promise: 'A write whose signal is aborted settles soon, and what it acknowledged is stored.',
    when: [writable],
    run: (harness) =>
      inPlace(harness, async ({ oracle, endpoint }) => {
        const { manifest, codec } = harness.connector;
        const schema = plannedEntity(manifest);
        await endpoint.target().prepareEntity(schema, call);
        const encoder = codec.createEncoder(schema);
        const records = ordinaryRecords(manifest, Math.min(300, manifest.limits.batchRecords));
        const natives = records.map((record) => encoder.encode(record));
        for (const delay of [0, 1, 5]) {
          const controller = new AbortController();
          const reason = new Error('the user changed their mind');
          const options = { ...call, signal: controller.signal, mode: 'replace' } as const;
          const writing = endpoint.target().writeBatch(schema.entity, natives, options);
          const settled = writing.then(
            (result) => ({ result, thrown: undefined }),
            (thrown: unknown) => ({ result: undefined, thrown }),
          );
          await sleep(delay);
          controller.abort(reason);
          const { result, thrown } = await within(soon, settled, 'a write that was broken off');
          if (result === undefined) {
            expectThat(thrown === reason, `it rejects with ${String(thrown)} instead of the signal's reason`);
            continue;
          }
          const failed = new Set(result.failures.map(({ index }) => index));
          const stored = new Set((await oracle.read(schema)).map(({ key }) => keyText(key)));
          const lost = records.find((record, index) => !failed.has(index) && !stored.has(keyText(record.key)));
          expectThat(lost === undefined, 'a record is acknowledged and not stored');
        }
        const { acknowledged } = await write(endpoint, schema, [ordinaryRecord(manifest, 500)]);
        expectThat(acknowledged.length === 1, 'after that, a record is refused');
      }),
  }),
  defineCase({
    id: 'left-readings-hold-nothing',
    title: 'a reading that is left holds nothing',
    promise:
      'Leaving the loop over a reading, or breaking it off, frees what it held: cursors, sockets, files, timers.',
    when: [readable],
    run: (harness) =>
      withRecords(harness, 400, async ({ oracle, endpoint }, schema) => {
        const partition = await fullestPartition(endpoint, schema);
        const leave = async (signal: AbortSignal): Promise<void> => {
          for await (const { records } of endpoint
            .source()
            .readPartition(partition, { ...readOptions({ batchRecords: 5 }), signal }))
            if (records.length > 0) break;
        };
        for (let round = 0; round < 3; round += 1)
          await Promise.all(Array.from({ length: 8 }, () => leave(call.signal)));
        const before = await usualResources();
        const cursors = await oracle.openReadings?.();
        for (let round = 0; round < 5; round += 1)
          await Promise.all(Array.from({ length: 8 }, () => leave(call.signal)));
        // A pool of connections may still grow a little; what each reading leaves behind is more than that.
        await expectNothingLeft(before, 'after 40 readings that were left', 10);
        if (cursors === undefined) return;
        let now = cursors;
        for (let look = 0; look < 50; look += 1) {
          now = (await oracle.openReadings?.()) ?? 0;
          if (now <= cursors) return;
          await sleep(100);
        }
        expectThat(false, `the store holds ${now} readings open after 40 that were left, and held ${cursors} before`);
      }),
  }),
  defineCase({
    id: 'closed-endpoints-hold-nothing',
    title: 'a closed endpoint holds nothing',
    promise: 'After work and closing, also in the midst of a reading, no socket, file or timer is left.',
    when: [readable],
    run: (harness) =>
      withRecords(harness, 400, async ({ place }, schema) => {
        const work = async (): Promise<void> => {
          const endpoint = await openEndpoint(harness, place.options);
          await endpoint.source().inferSchema(schema.entity, { ...call, sampleSize: 10 });
          for (const partition of await partitionsOf(endpoint, schema, 2))
            for await (const { records } of endpoint
              .source()
              .readPartition(partition, readOptions({ batchRecords: 5 })))
              if (records.length > 0) break;
          await endpoint.close();
        };
        await work();
        const before = await usualResources();
        for (let time = 0; time < 4; time += 1) await work();
        await expectNothingLeft(before, 'after four endpoints were closed');
      }),
  }),
  defineCase({
    id: 'listeners-are-taken-off',
    title: 'no listener stays on a signal',
    promise: 'Calls that have ended leave no listener on a signal that lives as long as the run.',
    when: [readable],
    run: (harness) =>
      withRecords(harness, 30, async ({ endpoint }, schema) => {
        const { signal } = new AbortController();
        const partition = await fullestPartition(endpoint, schema);
        for (let time = 0; time < 20; time += 1) {
          const options = { ...readOptions({ batchRecords: 3 }), signal };
          for await (const { records } of endpoint.source().readPartition(partition, options))
            if (time % 2 === 0 && records.length > 0) break;
        }
        await sleep(50);
        const listeners = getEventListeners(signal, 'abort').length;
        expectThat(listeners <= 2, `${listeners} listeners stay on the signal after 20 readings`);
      }),
  }),
];

/** Throws unless each call, given an aborted signal, rejects with the signal's reason. */
async function everyCallRejects(
  calls: Readonly<Record<string, (aborted: CallOptions) => Promise<unknown>>>,
): Promise<void> {
  for (const [name, start] of Object.entries(calls)) {
    const reason = new Error(`no ${name}`);
    const signal = AbortSignal.abort(reason);
    const thrown = await rejection((async () => start({ ...call, signal }))(), `${name} with an aborted signal`, soon);
    expectThat(thrown === reason, `${name} rejects with ${String(thrown)} instead of the signal's reason`);
  }
}

async function withRecords(
  harness: ConformanceHarness,
  count: number,
  body: (session: CaseSession, schema: EntitySchema) => Promise<void>,
): Promise<void> {
  const { manifest } = harness.connector;
  const schema = plannedEntity(manifest);
  const seed = (oracle: Oracle): Promise<void> => oracle.seed(schema, ordinaryRecords(manifest, count));
  await inSeededPlace(harness, seed, (session) => body(session, schema));
}
