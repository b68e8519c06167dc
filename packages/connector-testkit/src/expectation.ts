import {
  createKeyText,
  type DatamigratoError,
  type DataRecord,
  documentEntries,
  isDatamigratoError,
  kindOf,
  type RecordKey,
  valuesEqual,
  valueToText,
} from '@datamigrato/core';
import { ConformanceFailure, within } from './conformance-case.js';

/** Throws a failure with this message unless the condition holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceFailure(message);
}

const partText = createKeyText();

/** A key as text that tells all keys apart, and is the same for sets and maps in any order. */
export function keyText(key: RecordKey): string {
  return key.map((part) => JSON.stringify(partText.encode(part))).join(' ');
}

/** Throws unless two bags of records are the same: the same keys, each with the same fields of the same kinds. */
export function expectRecords(actual: readonly DataRecord[], expected: readonly DataRecord[], what: string): void {
  const found = new Map<string, DataRecord>();
  for (const record of actual) {
    const key = keyText(record.key);
    expectThat(!found.has(key), `${what}: the key ${shortened(key)} is there more than once`);
    found.set(key, record);
  }
  for (const record of expected) {
    const key = keyText(record.key);
    const other = found.get(key);
    expectThat(other !== undefined, `${what}: the record ${shortened(key)} is missing among ${found.size} records`);
    expectThat(
      valuesEqual(other.fields, record.fields),
      `${what}: the record ${shortened(key)} is ${described(other)} instead of ${described(record)}`,
    );
    found.delete(key);
  }
  const [extra] = found.keys();
  expectThat(extra === undefined, `${what}: there is a record ${shortened(extra ?? '')} that should not be there`);
}

function described(record: DataRecord): string {
  const fields = documentEntries(record.fields);
  return shortened(
    `{ ${fields.map(([name, value]) => `${name}: ${kindOf(value)} ${valueToText(value)}`).join(', ')} }`,
  );
}

/** A text that fits into a message. */
export function shortened(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

/** What a promise rejects with, within a time; a failure where it does not reject. */
export async function rejection(promise: Promise<unknown>, what: string, milliseconds = 60_000): Promise<unknown> {
  const settled = promise.then(
    () => ({ thrown: undefined, done: true as const }),
    (thrown: unknown) => ({ thrown, done: false as const }),
  );
  const outcome = await within(milliseconds, settled, what);
  expectThat(!outcome.done, `${what} did not fail`);
  return outcome.thrown;
}

/** What a promise rejects with, which must be an error of the contract's class with a message, and a next step where a user can take one. */
export async function contractError(
  promise: Promise<unknown>,
  what: string,
  milliseconds?: number,
): Promise<DatamigratoError> {
  return asContractError(await rejection(promise, what, milliseconds), what);
}

/** A thrown thing as an error of the contract's class. */
export function asContractError(thrown: unknown, what: string): DatamigratoError {
  expectThat(
    isDatamigratoError(thrown),
    `${what} failed with ${thrown instanceof Error ? `${thrown.name}: ${shortened(thrown.message)}` : String(thrown)}, which is no DatamigratoError`,
  );
  expectThat(thrown.message.length > 0, `${what} failed with ${thrown.code} and no message`);
  expectThat(
    thrown.category !== 'internal',
    `${what} failed with ${thrown.code} of category internal, as if it were a fault of the connector: ${thrown.message}`,
  );
  if (thrown.category === 'usage' || thrown.category === 'endpoint') {
    expectThat(thrown.nextStep !== undefined, `${what} failed with ${thrown.code}, which says no next step`);
  }
  return thrown;
}

/** What a function throws; a failure where it does not. */
export function thrownBy(action: () => unknown, what: string): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new ConformanceFailure(`${what} did not fail`);
}
