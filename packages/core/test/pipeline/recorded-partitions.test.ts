import { describe, expect, it } from 'vitest';
import {
  type CheckpointStore,
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  type DataRecord,
  type Endpoint,
  isDatamigratoError,
  type MigrationPlan,
  type MigrationReport,
  type Partition,
  planMigration,
  runMigration,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, type MemoryStore, memoryConnector } from '../memory-connector.js';
import { call, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const documents = memoryConnector('documents', documentManifest);
const total = 4000;
const records: readonly DataRecord[] = Array.from({ length: total }, (_, index) => ({
  key: [index],
  fields: { name: `n${index}` },
}));

/** The endpoint, cutting its entities as `cut` says. */
function cutting(
  endpoint: Endpoint,
  cut: (own: (count: number) => AsyncIterable<Partition>) => AsyncIterable<Partition>,
) {
  return {
    ...endpoint,
    source: () => ({
      ...endpoint.source(),
      planPartitions: (entity, options) =>
        cut((targetCount) => endpoint.source().planPartitions(entity, { ...options, targetCount })),
    }),
  } satisfies Endpoint;
}

/** Runs until so many records are written, or to the end. */
async function start(
  plan: MigrationPlan,
  source: Endpoint,
  target: Endpoint,
  checkpoints: CheckpointStore,
  records = Number.POSITIVE_INFINITY,
): Promise<MigrationReport | undefined> {
  const stop = new AbortController();
  let written = 0;
  try {
    return await runMigration({
      plan,
      source,
      target,
      checkpoints,
      runtime: createVirtualRuntime(1),
      deadLetters: createMemoryDeadLetterStore(),
      listener(event) {
        if (event.type !== 'batch-written') return;
        written += event.records;
        if (written >= records) stop.abort(new Error('enough'));
      },
      stop: stop.signal,
      digestKey: new Uint8Array(32),
      settings: { batchRecords: 50, concurrency: 3, checkpointInterval: { records: 100, milliseconds: 1000 } },
    });
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_INTERRUPTED') return undefined;
    throw error;
  }
}

const written = (store: MemoryStore): number => store.entities.get('things')?.records.size ?? 0;

describe('R-20: partitions of a run that is taken up again', () => {
  it('are those of its first start, however the source would be cut now', async () => {
    const store = createMemoryStore();
    const counts = [8, 3, 16];
    const source = cutting(await openStore(documents, createMemoryStore({ things: records })), (own) =>
      own(counts.shift() ?? 1),
    );
    const target = await openStore(documents, store);
    const plan = await planMigration({ source, target, options: { partitions: 8 }, call });
    const checkpoints = createMemoryCheckpointStore();
    expect(await start(plan, source, target, checkpoints, 900)).toBeUndefined();
    expect(await start(plan, source, target, checkpoints, 900)).toBeUndefined();
    const report = await start(plan, source, target, checkpoints);
    expect(written(store)).toBe(total);
    expect(report?.ledger.read).toBe(total);
    expect(report?.entities[0]).toMatchObject({ partitions: 8, digest: { count: total } });
    expect(counts).toEqual([3, 16]);
  });

  it('are not recorded where planning them was cut short', async () => {
    const target = await openStore(documents, createMemoryStore());
    const stop = new AbortController();
    const source = cutting(await openStore(documents, createMemoryStore({ things: records })), async function* (own) {
      for await (const partition of own(8)) {
        stop.abort(new Error('enough'));
        yield partition;
      }
    });
    const plan = await planMigration({ source, target, options: { partitions: 8 }, call });
    const checkpoints = createMemoryCheckpointStore();
    const stopped = runMigration({
      plan,
      source,
      target,
      checkpoints,
      runtime: createVirtualRuntime(1),
      deadLetters: createMemoryDeadLetterStore(),
      listener: () => {},
      stop: stop.signal,
      digestKey: new Uint8Array(32),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
    const [entity] = plan.entities;
    if (entity === undefined) throw new Error('the plan has no entity');
    expect(await checkpoints.partitions?.load(entity.source, entity.target)).toBeUndefined();
  });

  it('are refused where two have the same id', async () => {
    const target = await openStore(documents, createMemoryStore());
    const source = cutting(await openStore(documents, createMemoryStore({ things: records })), async function* (own) {
      for await (const partition of own(3)) yield { ...partition, id: 'all' };
    });
    const plan = await planMigration({ source, target, options: { partitions: 8 }, call });
    await expect(start(plan, source, target, createMemoryCheckpointStore())).rejects.toMatchObject({
      code: 'DM_PARTITION_REPEATED',
    });
  });
});
