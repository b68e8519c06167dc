import { readFileSync } from 'node:fs';
import { DatamigratoError, type ErrorCategory } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { exitCodeOf } from '../../src/command/exit-code.js';
import { exitCodes } from '../../src/command/exit-codes.js';

const error = (code: `DM_${string}`, category: ErrorCategory): DatamigratoError =>
  new DatamigratoError({ code, category, message: 'it went wrong' });

describe('the exit code of', () => {
  const cases: readonly (readonly [title: string, thrown: unknown, code: number])[] = [
    ['what nobody threw on purpose', new TypeError('x is undefined'), 1],
    ['something that is no error', 'text', 1],
    ['an internal error', error('DM_LEDGER_UNBALANCED', 'internal'), 1],
    ['a usage error', error('DM_OPTIONS_INVALID', 'usage'), 2],
    ['the error limit', error('DM_TOO_MANY_DEAD_LETTERS', 'record'), 4],
    ['a refusal', error('DM_MONGODB_AUTH', 'endpoint'), 5],
    ['a lock', error('DM_FILE_LOCKED', 'endpoint'), 7],
    ['an unsafe state folder', error('DM_STATE_UNSAFE', 'endpoint'), 8],
    ['a full disk', error('DM_STATE_UNWRITABLE', 'endpoint'), 8],
    ['a store that stays away', error('DM_ENDPOINT_UNAVAILABLE', 'endpoint'), 9],
    ['a store that cannot be reached', error('DM_ENDPOINT_UNREACHABLE', 'transient'), 9],
    ['an unanswered question', error('DM_CONSENT_MISSING', 'usage'), 10],
    ['an unaccepted loss', error('DM_LOSS_UNACCEPTED', 'usage'), 11],
    ['an interruption', error('DM_INTERRUPTED', 'usage'), 130],
  ];
  test.each(cases)('%s', (_title, thrown, code) => expect(exitCodeOf(thrown)).toBe(code));

  test('an interruption by SIGTERM', () => {
    expect(exitCodeOf(error('DM_INTERRUPTED', 'usage'), 'SIGTERM')).toBe(143);
    expect(exitCodeOf(error('DM_OPTIONS_INVALID', 'usage'), 'SIGTERM')).toBe(2);
  });
});

test('the README has the table of the code', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map((match) => `${match[1]} ${match[2]}`);
  expect(rows).toEqual(Object.values(exitCodes).map(({ code, meaning }) => `${code} ${meaning}`));
});
