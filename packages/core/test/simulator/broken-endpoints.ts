import type { DeadLetterStore, Target } from '../../src/index.js';
import type { NativeRecord } from './native-record.js';
import type { SimulatedWorld } from './simulated-world.js';

/** A target that says yes before anything has arrived, as one does that collects writes and sends them later. */
export function earlyAnswers(target: Target<NativeRecord>): Target<NativeRecord> {
  return {
    ...target,
    async writeBatch(entity, records, call) {
      const sending = target.writeBatch(entity, records, call);
      sending.catch(nobodyHears);
      return { failures: [], unchanged: 0 };
    },
  };
}

/** A target whose client keeps failures of single records to itself. */
export function silentFailures(target: Target<NativeRecord>): Target<NativeRecord> {
  return {
    ...target,
    async writeBatch(entity, records, call) {
      const { unchanged } = await target.writeBatch(entity, records, call);
      return { failures: [], unchanged };
    },
  };
}

/** Keys that a target has made a record for, by world. */
const given = new WeakMap<SimulatedWorld, Set<string>>();

/** A target that makes a new record for every write, under a key of its own where it has written one like it before: a repeated write leaves a second record. */
export function generatedKeys(target: Target<NativeRecord>, world: SimulatedWorld): Target<NativeRecord> {
  const known = given.get(world) ?? new Set<string>();
  given.set(world, known);
  return {
    ...target,
    writeBatch(entity, records, call) {
      const keyed = records.map((native) => {
        const key = known.has(`${entity} ${native.key}`) ? `${native.key} generated ${known.size}` : native.key;
        known.add(`${entity} ${key}`);
        return { ...native, key };
      });
      return target.writeBatch(entity, keyed, call);
    },
  };
}

/** Dead letters that count as kept before they are durable. */
export function earlyLetters(store: DeadLetterStore): DeadLetterStore {
  return {
    async append(letters) {
      store.append(letters).catch(nobodyHears);
    },
  };
}

function nobodyHears(): void {}
