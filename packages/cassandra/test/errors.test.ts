import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DatamigratoError } from '@datamigrato/core';
import { errors } from 'cassandra-driver';
import { describe, expect, test } from 'vitest';
import { translateError } from '../src/errors.js';
import { errorCatalogue } from '../src/index.js';

const doing = 'write to table "k"."t"';
const response = (code: number, message = 'canary'): errors.ResponseError => new errors.ResponseError(code, message);
const socketError = Object.assign(new Error('canary'), { isSocketError: true });

describe('the driver’s error', () => {
  test.each<[string, unknown, object]>([
    ['unavailable', response(0x1000), { code: 'DM_CASSANDRA_UNAVAILABLE', retry: 'safe' }],
    ['overloaded', response(0x1001), { code: 'DM_CASSANDRA_OVERLOADED', retry: 'throttled' }],
    ['bootstrapping', response(0x1002), { code: 'DM_CASSANDRA_UNAVAILABLE', retry: 'safe' }],
    ['write timeout', response(0x1100), { code: 'DM_CASSANDRA_TIMEOUT', retry: 'ambiguous' }],
    ['read timeout', response(0x1200), { code: 'DM_CASSANDRA_TIMEOUT', retry: 'ambiguous' }],
    ['write failure', response(0x1500), { code: 'DM_CASSANDRA_REPLICA_FAILURE', retry: 'ambiguous' }],
    ['unauthorized', response(0x2100), { code: 'DM_CASSANDRA_PERMISSION', category: 'endpoint' }],
    ['bad credentials', response(0x0100), { code: 'DM_CASSANDRA_AUTHENTICATION', category: 'endpoint' }],
    [
      'a missing table',
      response(0x2200, 'table canary does not exist'),
      { code: 'DM_ENTITY_MISSING', category: 'endpoint' },
    ],
    ['an invalid record', response(0x2200), { code: 'DM_CASSANDRA_RECORD_REFUSED', category: 'record' }],
    [
      'a record that is too large',
      response(0x2200, 'Rejected an oversized mutation (2/1) for keyspace: k. Top keys are: t.canary'),
      { code: 'DM_CASSANDRA_RECORD_TOO_LARGE', category: 'record' },
    ],
    ['a syntax error', response(0x2000), { code: 'DM_CASSANDRA_STATEMENT', category: 'endpoint' }],
    ['no answer', new errors.OperationTimedOutError('canary'), { code: 'DM_CASSANDRA_TIMEOUT', retry: 'ambiguous' }],
    [
      'too many requests',
      new errors.BusyConnectionError('canary', 1, 1),
      { code: 'DM_CASSANDRA_OVERLOADED', retry: 'throttled' },
    ],
    ['a closed socket', socketError, { code: 'DM_CASSANDRA_CONNECTION_LOST', retry: 'ambiguous' }],
    [
      'all hosts down',
      new errors.NoHostAvailableError({ h: 'Host considered as DOWN' }),
      { code: 'DM_CASSANDRA_UNREACHABLE', retry: 'safe' },
    ],
    [
      'all hosts busy',
      new errors.NoHostAvailableError({ h: new errors.BusyConnectionError('canary', 1, 1) }),
      { code: 'DM_CASSANDRA_OVERLOADED', retry: 'throttled' },
    ],
    [
      'one host that refuses a password',
      new errors.NoHostAvailableError({ a: new Error('down'), b: new errors.AuthenticationError('canary') }),
      { code: 'DM_CASSANDRA_AUTHENTICATION' },
    ],
    [
      'an untrusted certificate',
      new errors.NoHostAvailableError({ a: Object.assign(new Error('canary'), { code: 'CERT_HAS_EXPIRED' }) }),
      { code: 'DM_CASSANDRA_TLS', category: 'endpoint' },
    ],
  ])('%s is told in our words, without the server’s', (_, thrown, expected) => {
    const error = translateError(thrown, { doing, record: true });
    expect(error).toMatchObject(expected);
    expect(error.message).toContain(doing);
    expect(JSON.stringify([error, error.message, error.nextStep, error.stack])).not.toContain('canary');
  });

  test('that nobody knows is a fault of ours, and one of ours stays itself', () => {
    // The driver's encoder quotes the value that it cannot send.
    const error = translateError(new TypeError('Not a valid date: canary'), { doing });
    expect(error).toMatchObject({ code: 'DM_CASSANDRA_DRIVER', category: 'internal', cause: { name: 'TypeError' } });
    expect(inspect(error, { depth: 10 })).not.toContain('canary');
    const ours = new DatamigratoError({ code: 'DM_X', category: 'usage', message: 'x' });
    expect(translateError(ours, { doing })).toBe(ours);
  });
});

test('every code that the sources throw is explained, and every explained one is thrown', () => {
  const folder = join(import.meta.dirname, '../src');
  const thrown = new Set<string>();
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    const code = file === 'errors.ts' ? text.slice(0, text.indexOf('export const errorCatalogue')) : text;
    for (const [found] of code.matchAll(/DM_CASSANDRA_[A-Z_]+[A-Z]/g)) thrown.add(found);
  }
  expect([...thrown].sort()).toEqual(Object.keys(errorCatalogue).sort());
});
