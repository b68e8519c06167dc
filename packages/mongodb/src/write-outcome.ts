import type { WriteFailure } from '@datamigrato/core';
import type { Document } from 'mongodb';

/** What the server said to one `insert`, `update` or `delete` command. */
export interface WriteAnswer {
  /** Documents matched, inserted or deleted. Never trusted for what became of a single document. */
  readonly n: number;
  /** Documents changed, where the server tells. */
  readonly modified: number | undefined;
  /** Documents that an update inserted. */
  readonly upserted: number;
  /** Refused documents by their index in the command. */
  readonly errors: readonly WriteRefusal[];
}

/** One refused document. */
export interface WriteRefusal {
  readonly index: number;
  readonly code: number | undefined;
  readonly codeName: string | undefined;
  /** Whether a unique index refused it, and whether that was the index on `_id`. */
  readonly duplicate: 'id' | 'other' | undefined;
}

/** Collects the fate of the records of one batch. */
export class WriteOutcome {
  readonly failures: WriteFailure[] = [];
  unchanged = 0;
  /** Records that an upsert inserted. */
  upserted = 0;
  /** The last failure of a command for a single record, by refusal of the whole or by a broken connection. */
  wholesale: unknown;
}

/** Reads the answer to a write command. */
export function writeAnswer(answer: Document): WriteAnswer {
  const errors: unknown = answer['writeErrors'];
  const upserted: unknown = answer['upserted'];
  const modified: unknown = answer['nModified'];
  return {
    n: Number(answer['n'] ?? 0),
    modified: typeof modified === 'number' ? modified : undefined,
    upserted: Array.isArray(upserted) ? upserted.length : 0,
    errors: Array.isArray(errors) ? errors.map(refusalOf) : [],
  };
}

const duplicateKey = new Set([11000, 11001, 12582]);

function refusalOf(error: Document): WriteRefusal {
  const code = error['code'] === undefined ? undefined : Number(error['code']);
  const codeName: unknown = error['codeName'];
  return {
    index: Number(error['index']),
    code,
    codeName: typeof codeName === 'string' ? codeName : undefined,
    duplicate: code === undefined || !duplicateKey.has(code) ? undefined : isIdIndex(error) ? 'id' : 'other',
  };
}

/** By the key pattern, which servers send since 4.4; by the name of the index before that. */
function isIdIndex(error: Document): boolean {
  const pattern: unknown = error['keyPattern'];
  if (typeof pattern === 'object' && pattern !== null) return Object.keys(pattern).join() === '_id';
  return /index: (?:\S+\.\$)?_id_\s/.test(String(error['errmsg'] ?? ''));
}
