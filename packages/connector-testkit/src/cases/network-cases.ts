import { setTimeout as sleep } from 'node:timers/promises';
import { type DatamigratoError, type Endpoint, type EntitySchema, isDatamigratoError } from '@datamigrato/core';
import {
  type CaseSession,
  call,
  collected,
  firstLook,
  fullestPartition,
  openEndpoint,
  readEntity,
  readOptions,
  writeAll,
} from '../case-session.js';
import { openFeed } from '../change-feed.js';
import { onThisMachine, overNetwork, readable, tellsChanges, writable } from '../conditions.js';
import { type ConformanceCase, ConformanceFailure, defineCase, within } from '../conformance-case.js';
import { ordinaryRecord, ordinaryRecords, plannedEntity } from '../data/planned-entity.js';
import { contractError, expectRecords, expectThat } from '../expectation.js';
import type { ConformanceHarness, NetworkPlace, Place } from '../harness.js';
import { startSilentServer } from '../network/loopback-server.js';
import { type Relay, startRelay } from '../network/relay.js';
import { expectNothingLeft, openSockets, usualResources } from '../open-resources.js';

/** The deadline of calls to a store that does not answer, in milliseconds. */
const deadline = 1500;
/** What a call may take beyond its deadline: a driver's own last steps, and a machine that does other things. */
const grace = 8500;

interface Relayed extends CaseSession {
  readonly relay: Relay;
  readonly schema: EntitySchema;
}

/** Silence and broken connections; and their absence, where no network is used. */
export const networkCases: readonly ConformanceCase[] = [
  defineCase({
    id: 'silent-server-is-given-up',
    title: 'a server that says nothing is given up',
    promise:
      'Opening ends by its deadline where the other side accepts a connection and never answers; nothing stays open.',
    when: [overNetwork],
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      await using server = await startSilentServer();
      const options = networkOf(place).optionsAt(server.address);
      const before = await usualResources();
      const error = await contractError(
        firstLook(harness, options, { ...call, deadline }),
        'opening a server that says nothing',
        deadline + grace,
      );
      expectThat(error.category === 'transient', `it fails with ${error.code} of category ${error.category}`);
      await expectNothingLeft(before, 'after a server that says nothing was given up');
    },
  }),
  defineCase({
    id: 'opening-can-be-broken-off',
    title: 'opening is broken off by its signal',
    promise: 'Opening a server that says nothing rejects with the reason of the signal, soon after it was aborted.',
    when: [overNetwork],
    async run(harness) {
      await using place = await harness.openPlace({ own: false });
      await using server = await startSilentServer();
      const controller = new AbortController();
      const reason = new Error('the user changed their mind');
      const options = networkOf(place).optionsAt(server.address);
      const opening = openEndpoint(harness, options, { deadline: 30_000, signal: controller.signal });
      const settled = opening.then(
        (endpoint) => endpoint.close(),
        (thrown: unknown) => thrown,
      );
      await sleep(200);
      controller.abort(reason);
      const thrown = await within(5000, settled, 'opening that was broken off');
      expectThat(thrown === reason, `it settles with ${String(thrown)} instead of the signal's reason`);
    },
  }),
  defineCase({
    id: 'silence-while-reading',
    title: 'a reading does not wait for ever',
    promise:
      'A store that falls silent in the middle of a reading is given up by the deadline, as what may pass; then it is read again.',
    when: [overNetwork, readable],
    run: (harness) =>
      throughRelay(harness, async ({ relay, endpoint, schema }) => {
        const partition = await fullestPartition(endpoint, schema);
        const reading = async (): Promise<void> => {
          for await (const { records } of endpoint
            .source()
            .readPartition(partition, { ...readOptions({ batchRecords: 20 }), deadline }))
            if (records.length > 0) relay.fallSilent();
        };
        expectPassing(await contractError(reading(), 'reading a store that fell silent', deadline + grace));
        relay.speakAgain();
        await eventually(async () => {
          const found = await readEntity(endpoint, schema, 2);
          expectRecords(found, ordinaryRecords(harness.connector.manifest, relayedRecords), 'read again');
        });
      }),
  }),
  defineCase({
    id: 'silence-while-writing',
    title: 'a write does not wait for ever',
    promise:
      'A store that falls silent is given up by the deadline: the write rejects as what may pass, or reports every record so.',
    when: [overNetwork, writable],
    run: (harness) =>
      throughRelay(harness, async ({ relay, endpoint, schema, oracle }) => {
        const { manifest, codec } = harness.connector;
        const natives = [codec.createEncoder(schema).encode(ordinaryRecord(manifest, 1, 'written in silence'))];
        relay.fallSilent();
        const writing = endpoint.target().writeBatch(schema.entity, natives, { ...call, deadline, mode: 'replace' });
        const failure = writing.then(({ failures }) => {
          const [first] = failures;
          if (first !== undefined) throw first.error;
        });
        expectPassing(await contractError(failure, 'writing to a store that fell silent', deadline + grace));
        relay.speakAgain();
        const again = ordinaryRecords(manifest, relayedRecords).map((record, index) =>
          index === 1 ? ordinaryRecord(manifest, 1, 'written again') : record,
        );
        await eventually(() => writeAll(endpoint, schema, again).then(() => undefined));
        expectRecords(await oracle.read(schema), again, 'the store');
      }),
  }),
  defineCase({
    id: 'connections-that-break-may-pass',
    title: 'a broken connection is what may pass',
    promise: 'A connection that breaks is an error that may pass or goes unnoticed; the same endpoint then works on.',
    when: [overNetwork, readable],
    run: (harness) =>
      throughRelay(harness, async ({ relay, endpoint, schema }) => {
        const { manifest } = harness.connector;
        const partition = await fullestPartition(endpoint, schema);
        const reading = async (): Promise<number> => {
          let count = 0;
          for await (const { records } of endpoint
            .source()
            .readPartition(partition, readOptions({ batchRecords: 20 }))) {
            if (count === 0) relay.breakConnections();
            count += records.length;
          }
          return count;
        };
        const outcome = await within(
          60_000,
          reading().catch((thrown: unknown) => thrown),
          'reading over a connection that broke',
        );
        if (typeof outcome === 'number')
          expectThat(
            outcome === relayedRecords,
            `a reading that ended well gave ${outcome} of ${relayedRecords} records`,
          );
        else {
          expectThat(isDatamigratoError(outcome), `it fails with ${String(outcome)}, which is no DatamigratoError`);
          expectPassing(outcome);
        }
        await eventually(async () =>
          expectRecords(await readEntity(endpoint, schema), ordinaryRecords(manifest, relayedRecords), 'read again'),
        );
      }),
  }),
  defineCase({
    id: 'silence-while-watching',
    title: 'a feed of changes does not wait for ever',
    promise:
      'A store that falls silent under a feed is given up by the deadline, as what may pass; after the position reached, nothing is missed.',
    when: [overNetwork, readable, tellsChanges],
    run: (harness) =>
      throughRelay(harness, async ({ relay, endpoint, schema, oracle }) => {
        const feed = openFeed(endpoint, schema, { deadline });
        const { position } = await feed.next();
        relay.fallSilent();
        const reading = (async () => {
          // What was on its way may still arrive.
          for (;;) await feed.next();
        })();
        expectPassing(await contractError(reading, 'watching a store that fell silent', deadline + grace));
        const changed = ordinaryRecord(harness.connector.manifest, 1, 'changed in silence');
        await oracle.change?.(schema, { type: 'written', record: changed });
        relay.speakAgain();
        await eventually(async () => {
          const again = openFeed(endpoint, schema, { after: position });
          const { changes } = await again.until(changed);
          await again.leave();
          expectThat(changes.length === 1, `${changes.length} changes are told where one was made`);
        });
      }),
  }),
  defineCase({
    id: 'no-socket-is-opened',
    title: 'no socket is opened',
    promise: 'A store on this machine is listed, read and written without a network.',
    when: [onThisMachine],
    async run(harness) {
      const { manifest, capabilities } = harness.connector;
      await using place = await harness.openPlace({ own: false });
      const schema = plannedEntity(manifest);
      await place.oracle.seed(schema, ordinaryRecords(manifest, 5));
      const before = openSockets();
      await using endpoint = await openEndpoint(harness, place.options);
      if (capabilities.source) {
        await collected(endpoint.source().listEntities(call));
        await readEntity(endpoint, schema);
      }
      if (capabilities.target) await writeAll(endpoint, schema, [ordinaryRecord(manifest, 7)]);
      expectThat(openSockets() <= before, `${openSockets() - before} sockets are open`);
    },
  }),
];

const relayedRecords = 300;

function networkOf(place: Place): NetworkPlace {
  if (place.network !== undefined) return place.network;
  throw new ConformanceFailure(
    'the harness says that the store is reached through a network, and its place has no address',
  );
}

function expectPassing(error: DatamigratoError): void {
  expectThat(
    error.category === 'transient' && error.retry !== undefined,
    `it fails with ${error.code} of category ${error.category}, which is not tried again: ${error.message}`,
  );
}

/** Tries what may fail while a driver connects again, for as long as that may take. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  const end = Date.now() + 40_000;
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!isDatamigratoError(thrown) || thrown.category !== 'transient' || Date.now() > end) throw thrown;
      await sleep(250);
    }
  }
}

/** Runs a body on an endpoint that reaches its store through a relay. */
async function throughRelay(harness: ConformanceHarness, body: (session: Relayed) => Promise<void>): Promise<void> {
  await using place = await harness.openPlace({ own: false });
  const { manifest } = harness.connector;
  const schema = plannedEntity(manifest);
  await place.oracle.seed(schema, ordinaryRecords(manifest, relayedRecords));
  const network = networkOf(place);
  await using relay = await startRelay(network.address);
  const endpoint: Endpoint = await openEndpoint(harness, network.optionsAt(relay.address));
  try {
    await body({ harness, place, oracle: place.oracle, endpoint, relay, schema });
  } finally {
    relay.speakAgain();
    await endpoint.close();
  }
}
