import type { DataRecord, RecordKey } from '../record/data-record.js';
import { valueToText } from '../value/text.js';

/**
 * Knows which keys are between reading and acknowledgement, so that no key is written twice at the same time.
 *
 * A store that moves while it is read may hand out one key twice, and so may a file. Two writes of one key that are under way together, or stand in one request, are done in any order: the older might stay.
 */
export interface KeysUnderWay {
  /** Takes the keys of a batch's records, in their order. */
  take(records: readonly DataRecord[]): TakenKeys;
}

/** The keys of one batch. */
export interface TakenKeys {
  /** Indexes of the records whose key was under way already, be it further up in this same batch; ascending. */
  readonly repeated: readonly number[];
  /** Lets go of the keys once the batch is finished. */
  release(): void;
}

/** Keys of one partition: two partitions never share any. */
export function createKeysUnderWay(): KeysUnderWay {
  const times = new Map<string, number>();
  return {
    take(records) {
      const names = records.map((record) => nameOf(record.key));
      const repeated: number[] = [];
      for (let index = 0; index < names.length; index += 1) {
        const name = names[index] as string;
        const before = times.get(name) ?? 0;
        if (before > 0) repeated.push(index);
        times.set(name, before + 1);
      }
      return {
        repeated,
        release() {
          for (const name of names) {
            const before = times.get(name) ?? 0;
            if (before > 1) times.set(name, before - 1);
            else times.delete(name);
          }
        },
      };
    },
  };
}

/** Equal for equal keys. Two keys that share a name, such as 1 and "1", are only written one after the other without need. */
function nameOf(key: RecordKey): string {
  const [first] = key;
  if (key.length === 1 && typeof first === 'string') return first;
  if (key.length === 1 && typeof first === 'number') return String(first);
  return key.map((part) => valueToText(part)).join('\n');
}
