import type { Stage } from '../checkpoint/dead-letter.js';
import { type DatamigratoError, isDatamigratoError } from '../error/datamigrato-error.js';
import type { DataRecord } from '../record/data-record.js';

/** A record that goes no further, and why. */
export interface Rejection {
  readonly stage: Stage;
  readonly error: DatamigratoError;
  /** The source's record, where it was decoded. */
  readonly record: DataRecord | undefined;
  readonly identity: string | undefined;
}

/** A rejection for an error that concerns one record. Any other error is thrown on: it would meet every record. */
export function rejection(stage: Stage, error: unknown, record: DataRecord | undefined, identity?: string): Rejection {
  if (!isDatamigratoError(error) || error.category !== 'record') throw error;
  return { stage, error, record, identity };
}
