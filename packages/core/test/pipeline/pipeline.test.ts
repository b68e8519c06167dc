import { describe, expect, it } from 'vitest';
import {
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  DatamigratoError,
  type DataRecord,
  isDatamigratoError,
  lockOf,
  type MigrationEvent,
  plainDocument,
  planMigration,
  runMigration,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, memoryConnector, tableManifest } from '../memory-connector.js';
import { call, migrate, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const documents = memoryConnector('documents', documentManifest);
const tables = memoryConnector('tables', tableManifest);

const numbered = (count: number): readonly DataRecord[] =>
  Array.from({ length: count }, (_, index) => ({ key: [index], fields: { name: `n${index}`, half: index / 2 } }));

async function code(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isDatamigratoError(error)) return error.code;
    throw error;
  }
  return 'none';
}

describe('the pipeline', () => {
  it('moves every record once and its ledger adds up', async () => {
    const target = createMemoryStore();
    const { report, events } = await migrate(
      await openStore(documents, createMemoryStore({ things: numbered(2345) })),
      await openStore(tables, target),
      { partitions: 7 },
    );
    expect(report.ledger).toEqual({ read: 2345, written: 2345, unchanged: 0, dead: 0, filtered: 0 });
    expect(target.entities.get('things')?.records.size).toBe(2345);
    expect(events[0]?.type).toBe('migration-started');
    expect(events.at(-1)?.type).toBe('migration-finished');
    expect(events.filter((event) => event.type === 'partition-finished')).toHaveLength(7);
    expect(report.entities[0]?.digest).toMatchObject({ count: 2345 });
  });

  it('R-01 reads no further than six batches ahead of a write that takes long, so that a crash has no more done again', async () => {
    const target = createMemoryStore();
    let read = 0;
    let readMeanwhile = 0;
    let writes = 0;
    target.onWrite = async () => {
      writes += 1;
      if (writes > 1) return;
      // Plenty for everything else to be read and written.
      for (let turn = 0; turn < 1000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      readMeanwhile = read;
    };
    const { report } = await migrate(
      await openStore(documents, createMemoryStore({ things: numbered(5000) })),
      await openStore(tables, target),
      { partitions: 1 },
      {
        settings: { deadline: 1e9 },
        listener: (event) => {
          if (event.type === 'batch-read') read += event.records;
        },
      },
    );
    expect(report.ledger).toMatchObject({ read: 5000, written: 5000 });
    expect(readMeanwhile).toBe(600);
  });

  it('R-03 writes again what may pass, that alone, and counts nothing twice', async () => {
    const target = createMemoryStore();
    let calls = 0;
    const again: number[] = [];
    target.onWrite = (_entity, records) => {
      calls += 1;
      if (calls % 3 === 1)
        return records.flatMap((_, index) =>
          index % 2 === 0
            ? [
                {
                  index,
                  error: new DatamigratoError({
                    code: 'DM_TEST_BUSY',
                    category: 'transient',
                    retry: 'throttled',
                    message: 'busy',
                  }),
                },
              ]
            : [],
        );
      if (calls % 3 === 2) {
        again.push(records.length);
        throw new DatamigratoError({
          code: 'DM_TEST_RESET',
          category: 'transient',
          retry: 'ambiguous',
          message: 'reset',
        });
      }
      return undefined;
    };
    const runtime = createVirtualRuntime(7);
    const source = await openStore(documents, createMemoryStore({ things: numbered(200) }));
    const endpoint = await openStore(tables, target);
    const plan = await planMigration({ source, target: endpoint, options: { partitions: 1 }, call });
    const report = await runtime.run(
      runMigration({
        plan,
        source,
        target: endpoint,
        runtime,
        checkpoints: createMemoryCheckpointStore(),
        deadLetters: createMemoryDeadLetterStore(),
        listener: () => {},
        stop: new AbortController().signal,
        digestKey: new Uint8Array(32),
      }),
    );
    expect(report.ledger).toEqual({ read: 200, written: 200, unchanged: 0, dead: 0, filtered: 0 });
    expect(target.entities.get('things')?.records.size).toBe(200);
    expect(again.every((count) => count <= 100)).toBe(true);
  });

  it('keeps records that fail at any stage as dead letters with their reason, and moves the rest', async () => {
    const records = numbered(500).map((record, index) =>
      index % 100 === 3 ? { ...record, fields: { ...plainDocument(record.fields), poison: true } } : record,
    );
    const target = createMemoryStore();
    target.onWrite = (_entity, batch) =>
      batch.flatMap((record, index) =>
        record.fields && 'name' in record.fields && record.fields['name'] === 'n7'
          ? [
              {
                index,
                error: new DatamigratoError({ code: 'DM_TEST_REFUSED', category: 'record', message: 'refused' }),
              },
            ]
          : [],
      );
    const { report, letters } = await migrate(
      await openStore(documents, createMemoryStore({ things: records })),
      await openStore(tables, target),
    );
    expect(report.ledger).toMatchObject({ read: 500, written: 494, dead: 6 });
    expect(report.status).toBe('finished-with-dead-letters');
    expect(
      letters
        .filter((letter) => letter.stage === 'decode')
        .map((letter) => letter.identity)
        .toSorted((left, right) => String(left).localeCompare(String(right))),
    ).toEqual(['[103]', '[203]', '[3]', '[303]', '[403]']);
    expect(letters.find((letter) => letter.stage === 'write')).toMatchObject({
      code: 'DM_TEST_REFUSED',
      record: { key: '[7]' },
    });
  });

  it('stops when too many records are dead', async () => {
    const records = numbered(5000).map((record) => ({ ...record, fields: { poison: true } }));
    expect(
      await code(
        migrate(
          await openStore(documents, createMemoryStore({ things: records })),
          await openStore(tables, createMemoryStore()),
        ),
      ),
    ).toBe('DM_TOO_MANY_DEAD_LETTERS');
  });

  it('ends with the error of a store that refuses for good, and leaves no promise behind', async () => {
    const target = createMemoryStore();
    target.onWrite = () => {
      throw new DatamigratoError({ code: 'DM_TEST_DENIED', category: 'endpoint', message: 'denied' });
    };
    expect(
      await code(
        migrate(
          await openStore(documents, createMemoryStore({ things: numbered(1000) })),
          await openStore(tables, target),
        ),
      ),
    ).toBe('DM_TEST_DENIED');
  });

  it('goes on from checkpoints and never lets one run ahead of its data', async () => {
    const checkpoints = createMemoryCheckpointStore();
    const origin = createMemoryStore({ things: numbered(3000) });
    const target = createMemoryStore();
    const stop = new AbortController();
    const source = await openStore(documents, origin);
    const endpoint = await openStore(tables, target);
    let written = 0;
    const listener = (event: MigrationEvent): void => {
      if (event.type === 'batch-written') written += event.records;
      if (written > 1200) stop.abort(new Error('enough'));
    };
    const plan = await planMigration({ source, target: endpoint, options: { partitions: 5 }, call });
    const settings = { batchRecords: 50, concurrency: 2, checkpointInterval: { records: 100, milliseconds: 1000 } };
    const common = {
      plan,
      source,
      target: endpoint,
      runtime: createVirtualRuntime(3),
      checkpoints,
      deadLetters: createMemoryDeadLetterStore(),
      digestKey: new Uint8Array(32),
      settings,
    };
    expect(await code(runMigration({ ...common, listener, stop: stop.signal }))).toBe('DM_INTERRUPTED');
    const saved = await checkpoints.load();
    const durable = saved.reduce((sum, checkpoint) => sum + checkpoint.ledger.read, 0);
    expect(durable).toBe(target.entities.get('things')?.records.size);
    expect(durable).toBeLessThan(3000);
    let readAgain = 0;
    const report = await runMigration({
      ...common,
      listener: (event) => {
        if (event.type === 'batch-read') readAgain += event.records;
      },
      stop: new AbortController().signal,
    });
    expect(report.ledger.read).toBe(3000);
    expect(readAgain).toBe(3000 - durable);
    expect(target.entities.get('things')?.records.size).toBe(3000);
  });

  it('R-15 never holds more bytes than its budget', async () => {
    const target = createMemoryStore();
    let held = 0;
    let peak = 0;
    const listener = (event: MigrationEvent): void => {
      if (event.type === 'batch-read') held += event.bytes;
      if (event.type === 'batch-written') held -= event.records * 100;
      peak = Math.max(peak, held);
    };
    await migrate(
      await openStore(documents, createMemoryStore({ things: numbered(5000) })),
      await openStore(tables, target),
      {},
      { settings: { bytesInFlight: 20_000, batchRecords: 50 }, listener },
    );
    expect(peak).toBeLessThanOrEqual(20_000);
    expect(peak).toBeGreaterThan(0);
  });

  it('A-24 aborts when two records would have one key, and names both', async () => {
    const records = numbered(300).map((record, index) => ({
      ...record,
      fields: { code: index === 250 ? 'c10' : `c${index}` },
    }));
    const error = await migrate(
      await openStore(documents, createMemoryStore({ things: records })),
      await openStore(tables, createMemoryStore()),
      { mapping: { primaryKey: 'code' } },
    ).catch((thrown: unknown) => thrown);
    expect(isDatamigratoError(error) && error.code).toBe('DM_KEY_COLLISION');
    expect(String(error)).toMatch(/\b10\b/);
    expect(String(error)).toMatch(/\b250\b/);
  });

  it('makes a dead letter of a record without the chosen key field', async () => {
    const records = numbered(10).map((record, index) =>
      index === 4 ? { ...record, fields: { other: 1 } } : { ...record, fields: { code: index } },
    );
    const { letters, report } = await migrate(
      await openStore(documents, createMemoryStore({ things: records })),
      await openStore(tables, createMemoryStore()),
      { mapping: { primaryKey: 'code' } },
    );
    expect(report.ledger).toMatchObject({ written: 9, dead: 1 });
    expect(letters).toMatchObject([{ stage: 'map', code: 'DM_KEY_FIELD_MISSING', record: { key: '[4]' } }]);
  });

  it('changes nothing when it is run again', async () => {
    const origin = createMemoryStore({ things: numbered(100) });
    const target = createMemoryStore();
    const source = await openStore(documents, origin);
    const endpoint = await openStore(tables, target);
    const first = await migrate(source, endpoint);
    const before = JSON.stringify([...(target.entities.get('things')?.records ?? [])]);
    const second = await migrate(source, endpoint);
    expect(second.report.entities[0]?.digest).toEqual({ ...first.report.entities[0]?.digest });
    const after = JSON.stringify([...(target.entities.get('things')?.records ?? [])]);
    expect(after).toBe(before);
  });
});

describe('a plan', () => {
  it('is refused where it was changed, where the source moved and where the target moved', async () => {
    const origin = createMemoryStore({ things: numbered(10) });
    const target = createMemoryStore();
    const source = await openStore(documents, origin);
    const endpoint = await openStore(tables, target);
    const plan = await planMigration({ source, target: endpoint, options: {}, call });
    const run = (changed: typeof plan) =>
      runMigration({
        plan: changed,
        source,
        target: endpoint,
        runtime: createVirtualRuntime(1),
        checkpoints: createMemoryCheckpointStore(),
        deadLetters: createMemoryDeadLetterStore(),
        listener: () => {},
        stop: new AbortController().signal,
        digestKey: new Uint8Array(32),
      });
    expect(await code(run({ ...plan, writeMode: 'skip' }))).toBe('DM_PLAN_CHANGED');
    const entity = plan.entities[0];
    if (!entity) throw new Error('no entity');
    target.entities.set('things', { schema: entity.targetSchema, records: new Map() });
    const second = await planMigration({ source, target: endpoint, options: {}, call });
    target.entities.set('things', {
      schema: { ...entity.targetSchema, fields: entity.targetSchema.fields.slice(1) },
      records: new Map(),
    });
    expect(await code(run(second))).toBe('DM_PLAN_STALE');
  });

  it('writes nothing', async () => {
    const target = createMemoryStore();
    await planMigration({
      source: await openStore(documents, createMemoryStore({ things: numbered(10) })),
      target: await openStore(tables, target),
      options: {},
      call,
    });
    expect(target.entities.size).toBe(0);
    expect(target.writes).toBe(0);
  });

  it('is the same for the same stores and options, and survives a file', async () => {
    const source = await openStore(documents, createMemoryStore({ things: numbered(10) }));
    const endpoint = await openStore(tables, createMemoryStore());
    const first = await planMigration({ source, target: endpoint, options: {}, call });
    const second = await planMigration({ source, target: endpoint, options: {}, call });
    expect(second).toEqual(first);
    const { planId } = await import('../../src/plan/plan-id.js');
    expect(planId(JSON.parse(JSON.stringify(first)))).toBe(first.id);
  });

  it('refuses names that would collide', async () => {
    const records: readonly DataRecord[] = [{ key: [1], fields: { a: { b: 1 }, a_b: 2 } }];
    const source = await openStore(documents, createMemoryStore({ things: records }));
    const endpoint = await openStore(tables, createMemoryStore());
    expect(await code(planMigration({ source, target: endpoint, options: { mapping: { flatten: true } }, call }))).toBe(
      'DM_NAME_COLLISION',
    );
    expect(
      await code(planMigration({ source, target: endpoint, options: { mapping: { rename: { a: 'a_b' } } }, call })),
    ).toBe('DM_NAME_COLLISION');
    expect(
      await code(planMigration({ source, target: endpoint, options: { mapping: { primaryKey: 'nope' } }, call })),
    ).toBe('DM_KEY_FIELD_UNKNOWN');
    expect(
      await code(planMigration({ source, target: endpoint, options: { mapping: { drop: ['nope'] } }, call })),
    ).toBe('DM_FIELD_UNKNOWN');
    await expect(
      planMigration({
        source,
        target: endpoint,
        options: { entities: [{ source: 'things', target: 'no-such name' }] },
        call,
      }),
    ).rejects.toMatchObject({ code: 'DM_ENTITY_NAME', nextStep: expect.stringContaining('name all others too') });
  });

  it('refuses a lock that describes nothing of what is read', async () => {
    const source = await openStore(documents, createMemoryStore({ things: numbered(10) }));
    const endpoint = await openStore(tables, createMemoryStore());
    const lock = lockOf(await planMigration({ source, target: endpoint, options: {}, call }));
    expect(await code(planMigration({ source, target: endpoint, options: { lock }, call }))).toBe('DM_LOCK_MISMATCH');
  });

  it('lists every kind at every path', async () => {
    const records: readonly DataRecord[] = [
      { key: [1], fields: { a: 1, b: 'x', c: null } },
      { key: [2], fields: { a: 0.5, b: 7, c: null } },
    ];
    const plan = await planMigration({
      source: await openStore(documents, createMemoryStore({ things: records })),
      target: await openStore(tables, createMemoryStore()),
      options: {},
      call,
    });
    const lines = plan.entities[0]?.losses.map((loss) => [
      loss.path.join('.'),
      loss.sourceKind,
      loss.targetKind,
      loss.fidelity,
      loss.count,
    ]);
    expect(lines).toEqual(
      expect.arrayContaining([
        ['a', 'int32', 'double', 'widened', 1],
        ['a', 'double', 'double', 'exact', 1],
        ['b', 'string', 'typed JSON text', 'widened', 1],
        ['c', 'null', 'no cell', 'widened', 2],
      ]),
    );
  });
});
