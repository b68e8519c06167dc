import type { DatamigratoError, EntityName, Target, WriteFailure, WriteMode, WriteResult } from '../../src/index.js';
import { flawed, flawOf, type NativeRecord } from './native-record.js';
import type { SimulatedProcess } from './simulated-process.js';
import { passing } from './simulated-source.js';
import type { SimulatedWorld, UnderWay } from './simulated-world.js';

/** What will become of one write request, decided when it is made. */
interface Fate {
  /** Records that the store takes, by index. */
  readonly applied: ReadonlySet<number>;
  readonly failures: readonly WriteFailure[];
  /** The failure of the whole request, in place of an answer. */
  readonly thrown: DatamigratoError | undefined;
  readonly milliseconds: number;
}

/** The target of a scenario as one process meets it. Everything it takes is durable at once; what it answers is another matter. */
export function simulatedTarget(
  world: SimulatedWorld,
  process: SimulatedProcess,
  options: { readonly isGone: () => boolean },
): Target<NativeRecord> {
  const { choice, scenario, store } = world;
  const awaited = new Map<AbortSignal, ReadonlySet<string>>();

  const asks = async (what: string, signal: AbortSignal, failing: number): Promise<void> => {
    await process.passes(`target ${what}`, 20 * choice.next());
    signal.throwIfAborted();
    if (options.isGone()) throw passing(world, 'safe');
    if (choice.chance(failing)) throw passing(world);
  };

  const fateOf = (records: readonly NativeRecord[]): Fate => {
    const { faults } = scenario;
    const all = [...records.keys()];
    const refused = all.filter((index) => flawOf((records[index] as NativeRecord).record) === 'write');
    const sound = all.filter((index) => !refused.includes(index));
    const quick = choice.chance(0.1) ? 300 * choice.next() : 30 * choice.next();
    const fails = (thrown: DatamigratoError, applied: readonly number[]): Fate => ({
      applied: new Set(applied),
      failures: [],
      thrown,
      milliseconds: quick,
    });
    if (options.isGone()) return fails(passing(world, 'safe'), []);
    if (choice.chance(faults.writeFails)) {
      const error = passing(world);
      // An answer that is lost leaves nothing, all or some of it behind.
      const part = choice.oneOf([0, 1, choice.next()]);
      return fails(error, error.retry === 'ambiguous' ? sound.filter(() => choice.chance(part)) : []);
    }
    const failing = choice.oneOf([0.1, 0.4, 1]);
    const again = choice.chance(faults.writeFailsInPart) ? sound.filter(() => choice.chance(failing)) : [];
    const failures: WriteFailure[] = refused.map((index) => ({ index, error: flawed('write') }));
    const applied = new Set(sound);
    for (const index of again) {
      const error = passing(world);
      failures.push({ index, error });
      if (error.retry !== 'ambiguous' || choice.chance(0.5)) applied.delete(index);
    }
    const isSlow = scenario.lateWrites && choice.chance(faults.slowAnswer);
    return {
      applied,
      failures: choice.shuffled(failures),
      thrown: undefined,
      milliseconds: isSlow ? 400 + 600 * choice.next() : quick,
    };
  };

  const checkRequest = (entity: EntityName, records: readonly NativeRecord[]): ReadonlySet<string> => {
    const { limits } = scenario;
    const keys = new Set(records.map((native) => `${entity} ${native.key}`));
    if (records.length === 0) world.blame('an empty batch is written');
    if (records.length > limits.batchRecords) world.blame(`a batch of ${records.length} records is written`);
    const bytes = records.reduce((sum, native) => sum + native.text.length, 0);
    if (records.length > 1 && bytes > limits.batchBytes) world.blame(`a batch of ${bytes} bytes is written`);
    if (keys.size < records.length) world.blame('a batch holds one key twice');
    for (const [signal, others] of awaited) {
      if (signal.aborted) awaited.delete(signal);
      else if ([...keys].some((key) => others.has(key))) world.blame('two writes of one key are under way');
    }
    if (awaited.size >= limits.concurrentWrites) world.blame(`${awaited.size + 1} writes are under way`);
    return keys;
  };

  const answer = (entity: EntityName, records: readonly NativeRecord[], fate: Fate, mode: WriteMode): WriteResult => {
    const failed = new Set(fate.failures.map((failure) => failure.index));
    let unchanged = 0;
    for (const index of fate.applied) {
      const changed = store.put(entity, records[index] as NativeRecord, mode);
      if (!changed && !failed.has(index)) unchanged += 1;
    }
    return { failures: fate.failures, unchanged: scenario.tellsUnchanged ? unchanged : 0 };
  };

  return {
    async planEntity(schema, call) {
      await asks('look', call.signal, scenario.faults.planningFails);
      const exists = store.entities.has(schema.entity);
      return {
        exists,
        statements: exists ? [] : [`CREATE ${schema.entity}`],
        conflicts: [],
        fingerprint: exists ? 'there' : 'absent',
      };
    },
    async prepareEntity(schema, call) {
      await asks('create', call.signal, scenario.faults.writeFails);
      store.create(schema.entity);
    },
    async writeBatch(entity, records, call) {
      await process.whileAlive();
      const { mode, signal } = call;
      const keys = checkRequest(entity, records);
      const fate = fateOf(records);
      const what = `write ${entity} ${records.map((native) => native.key).join()}`;
      let result: WriteResult | undefined;
      const request: UnderWay = {
        what,
        apply: () => {
          result ??= answer(entity, records, fate, mode);
        },
        isAwaited: () => !signal.aborted,
      };
      awaited.set(signal, keys);
      const arrives = async (): Promise<void> => {
        await process.passes(what, fate.milliseconds);
        if (process.isKilled) return;
        world.underWay.delete(request);
        request.apply();
      };
      world.underWay.add(request);
      await (scenario.heedsSignals ? untilAborted(arrives(), signal) : arrives());
      await process.whileAlive();
      await process.passes(`reply to ${what.slice(0, 40)}`, choice.next());
      awaited.delete(signal);
      if (fate.thrown !== undefined) throw fate.thrown;
      if (result === undefined) throw new Error('a request was answered before it arrived');
      return result;
    },
  };
}

/** Rejects as soon as the signal is aborted; what it waited for goes on. */
function untilAborted(arrival: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    arrival.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, reject);
  });
}
