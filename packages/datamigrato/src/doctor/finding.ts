import type { DatamigratoError } from '@datamigrato/core';

/** What one check has found. */
export interface Finding {
  /** What was looked at, in a word. */
  readonly check: string;
  /** `warn` keeps nothing from working; `fail` does. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it, as a command where there is one; null where nothing has to be done. */
  readonly next: string | null;
  /** The error behind it, if there is one. */
  readonly error: DatamigratoError | null;
}

/** Nothing to be done. */
export function ok(check: string, text: string): Finding {
  return { check, state: 'ok', text, next: null, error: null };
}

/** Something that may matter. */
export function warning(check: string, text: string, next: string): Finding {
  return { check, state: 'warn', text, next, error: null };
}
