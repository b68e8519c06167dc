import type { RecordKey } from '../record/data-record.js';
import { ObjectIdValue, TimeuuidValue, UuidValue } from '../value/identifier.js';
import { valueToText } from '../value/text.js';

/**
 * Knows which keys are between reading and acknowledgement, so that no key is written twice at the same time.
 *
 * A store that moves while it is read may hand out one key twice, and so may a file. Two writes of one key that are under way together, or stand in one request, are done in any order: the older might stay.
 */
export interface KeysUnderWay {
  /** Takes the keys of a batch's records, in their order. */
  take(keys: readonly RecordKey[]): TakenKeys;
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
  const times = new Map<KeyName, number>();
  return {
    take(keys) {
      const names = keys.map(nameOf);
      const repeated: number[] = [];
      for (let index = 0; index < names.length; index += 1) {
        const name = names[index] as KeyName;
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

type KeyName = string | number;

/** Equal for equal keys. Two keys that share a name, which is as good as never, are only written one after the other without need. */
function nameOf(key: RecordKey): KeyName {
  const [first] = key;
  if (key.length === 1) {
    if (typeof first === 'string' || typeof first === 'number') return first;
    if (first instanceof ObjectIdValue || first instanceof UuidValue || first instanceof TimeuuidValue)
      return hashOf(first.bytes);
  }
  return key.map((part) => valueToText(part)).join('\n');
}

/** 53 bits of a hash: a text of an identifier would cost more than the rest of its record's way. */
function hashOf(bytes: Uint8Array): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let index = 0; index < bytes.length; index += 1) {
    high = Math.imul(high ^ (bytes[index] as number), 0x01000193);
    low = Math.imul(low ^ (bytes[index] as number), 0x85ebca6b);
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}
