import type { DatamigratoError } from '../error/datamigrato-error.js';
import type { DataRecord } from '../record/data-record.js';
import type { EntityName } from '../schema/entity-schema.js';
import { valueToText } from '../value/text.js';

/** The step of a record's way at which it could go no further. */
export type Stage = 'decode' | 'map' | 'encode' | 'write';

/** A record that could not be written, kept whole and typed, with the reason. */
export interface DeadLetter {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly partition: string;
  readonly stage: Stage;
  readonly code: string;
  readonly message: string;
  /** The source's record: key and fields as canonical text. Null where it could not even be decoded. */
  readonly record: { readonly key: string; readonly fields: string } | null;
  /** What is known of the key of a record that could not be decoded. */
  readonly identity: string | null;
}

/** A dead letter for a record that failed at a stage. */
export function deadLetter(
  where: { readonly source: EntityName; readonly target: EntityName; readonly partition: string },
  stage: Stage,
  error: DatamigratoError,
  record: DataRecord | undefined,
  identity: string | undefined,
): DeadLetter {
  return {
    ...where,
    stage,
    code: error.code,
    message: error.message,
    record: record === undefined ? null : { key: valueToText(record.key), fields: valueToText(record.fields) },
    identity: identity ?? null,
  };
}
