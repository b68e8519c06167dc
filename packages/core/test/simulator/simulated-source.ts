import {
  createSchemaInference,
  DatamigratoError,
  type EntityName,
  type RetryClass,
  type Source,
} from '../../src/index.js';
import { bytesPerRecord, type NativeRecord, nativeRecord } from './native-record.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedWorld } from './simulated-world.js';

/** A failure that may pass, of a random sort. */
export function passing(world: SimulatedWorld, retry?: RetryClass): DatamigratoError {
  const sort = retry ?? world.choice.oneOf<RetryClass>(['safe', 'ambiguous', 'throttled']);
  return new DatamigratoError({
    code: `DM_TEST_${sort.toUpperCase()}`,
    category: 'transient',
    retry: sort,
    message: `a failure that is ${sort}`,
    ...(sort === 'throttled' && world.choice.chance(0.5) && { retryAfter: world.choice.integer(1, 500) }),
  });
}

/** The source of a scenario as one process meets it. Positions count the records of the entity up to the end of the batch. */
export function simulatedSource(
  world: SimulatedWorld,
  process: SimulatedProcess,
  options: { readonly cut: number; readonly isGone: () => boolean },
): Source<NativeRecord> {
  const { choice, scenario } = world;
  const natives = new Map(scenario.entities.map(({ name, records }) => [name, records.map(nativeRecord)]));
  const recordsOf = (entity: EntityName): readonly NativeRecord[] => {
    const found = natives.get(entity);
    if (found !== undefined) return found;
    throw new DatamigratoError({ code: 'DM_ENTITY_MISSING', category: 'endpoint', message: `there is no ${entity}` });
  };
  /** Asks the source for something: takes its time and may fail. */
  const asks = async (what: string, signal: AbortSignal, failing = scenario.faults.readFails): Promise<void> => {
    await process.passes(`source ${what}`, choice.chance(0.1) ? 200 * choice.next() : 20 * choice.next());
    signal.throwIfAborted();
    if (options.isGone()) throw passing(world, 'safe');
    if (choice.chance(failing)) throw passing(world);
  };

  return {
    async *listEntities(call) {
      await asks('list', call.signal, scenario.faults.planningFails);
      for (const name of natives.keys()) yield { entity: name as EntityName };
    },
    async inferSchema(entity, call) {
      const records = recordsOf(entity);
      await asks('schema', call.signal, scenario.faults.planningFails);
      const inference = createSchemaInference({ entity, key: [{ name: 'id', role: 'partition' }] });
      for (const native of records.slice(0, call.sampleSize)) inference.observe(native.record, bytesPerRecord);
      return inference.finish({ complete: records.length <= call.sampleSize });
    },
    async *planPartitions(entity, call) {
      const { length } = recordsOf(entity);
      const step = Math.max(1, Math.ceil(length / call.targetCount));
      // Another cut of the same records starts elsewhere.
      const first = length === 0 ? 0 : ((options.cut * 7) % step) + 1;
      for (let start = 0, end = options.cut === 0 ? step : first; start < length; start = end, end += step) {
        await asks('partitions', call.signal);
        const range = [start, Math.min(length, end)];
        yield { entity, id: range.join('-'), range };
      }
    },
    async *readPartition(partition, call) {
      const [start, end] = partition.range as [number, number];
      const records = recordsOf(partition.entity);
      let offset = call.after === undefined ? start : (call.after as { readonly read: number }).read;
      if (offset < start || offset > end) world.blame(`position ${offset} does not belong to ${partition.id}`);
      world.openReadings += 1;
      try {
        while (offset < end) {
          await asks(`read ${partition.entity} ${partition.id} ${offset}`, call.signal);
          const most = Math.min(end - offset, call.batchRecords);
          const count = choice.chance(scenario.faults.shortBatch) ? choice.integer(0, most) : most;
          const batch = records.slice(offset, offset + count);
          offset += count;
          yield { records: batch, position: { read: offset }, bytes: count * bytesPerRecord };
        }
      } finally {
        if (process.isAlive) world.openReadings -= 1;
      }
    },
  };
}
