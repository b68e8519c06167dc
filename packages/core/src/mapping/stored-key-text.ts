import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { DataRecord, RecordKey } from '../record/data-record.js';
import { documentFrom, fieldOf } from '../value/collection.js';
import { createKeyText, type KeyText } from '../value/key-text.js';
import { valueToText } from '../value/text.js';
import { isDocument, type Value } from '../value/value.js';
import type { KeyPlan } from './mapping-plan.js';
import { valueFromStoredText } from './stored-text.js';

/** The field of a record that keeps what a hash in its key stands for: the parts that are too long for the store, by name, as typed JSON text. */
export const longKeyField = 'dm_key';

/** The key text that a store takes. In a table there is no place beside a hash for the key that it stands for, so that none is made: the connector refuses what is too long. */
export function keyTextFor({ keyText, limits, shape }: Manifest): KeyText {
  return createKeyText({
    ...(limits.keyBytes !== null && shape === 'document' && { maximumBytes: limits.keyBytes }),
    ...(keyText && { forbidden: new RegExp(keyText.forbidden, 'u'), reserved: new RegExp(keyText.reserved, 'u') }),
  });
}

/** What a record keeps in {@link longKeyField}; undefined where no part of its key became a hash. */
export function longKeyText(
  plan: KeyPlan,
  parts: readonly (Value | undefined)[],
  key: RecordKey,
  text: KeyText,
): string | undefined {
  let long: [string, Value][] | undefined;
  for (const [index, part] of plan.parts.entries()) {
    const stored = key[index];
    if (part.type?.encoding !== 'key' || typeof stored !== 'string' || !text.isHash(stored)) continue;
    long ??= [];
    long.push([part.name, parts[index] ?? null]);
  }
  return long && valueToText(documentFrom(long));
}

/** The part of a key for which a hash stands. Throws `DM_KEY_TEXT_HASHED` where the record does not keep it. */
export function longKeyPart(record: DataRecord, name: string): Value {
  const text = fieldOf(record.fields, longKeyField);
  const kept = typeof text === 'string' ? (valueFromStoredText(text) ?? null) : null;
  const value = isDocument(kept) ? fieldOf(kept, name) : undefined;
  if (value !== undefined) return value;
  throw new DatamigratoError({
    code: 'DM_KEY_TEXT_HASHED',
    category: 'record',
    message: `The key field "${name}" of a record is a hash, and its field "${longKeyField}" does not tell of what`,
    nextStep: 'restore that field from the store that the record came from',
    context: { field: name },
  });
}
