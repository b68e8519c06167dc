import { inspect } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knownConnectors, loadKnownConnector } from '../../src/connect/known-connectors.js';

import { redactUrls } from '../../src/secret/redactor.js';

/** Stands wherever a secret may, and must not come back. */
const secret = 'canary-4711-secret';

/** Options that are good enough to be spoilt; nobody is connected to by checking them. */
const good: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cassandra: {
    contactPoints: ['127.0.0.1'],
    port: '9042',
    localDataCenter: 'dc1',
    keyspaceName: 'shop',
    username: 'ada',
    password: secret,
    fetchSize: 100,
    timeToLive: '5',
    replication: { class: 'SimpleStrategy', replication_factor: 1 },
  },
  file: { path: './nowhere', format: 'auto', key: ['id'] },
  'firebase-realtime': { referenceUrl: 'https://shop.firebaseio.com', token: secret, rootNode: ['users'] },
  firestore: { projectId: 'shop', emulator: '127.0.0.1:1', rampUp: false, embed: ['users/*/messages'] },
  mongodb: { clientUrl: `mongodb://ada:${secret}@127.0.0.1:1/shop`, databaseName: 'shop', createIndexes: true },
};

const seed = Number(process.env['MUTATION_SEED'] ?? 20_261_124);

const foreign = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    Number.NaN,
    -1,
    0,
    1e308,
    '',
    ' ',
    '\0',
    '__proto__',
    [],
    {},
    [[]],
    () => secret,
    Symbol('x'),
    5n,
  ),
  fc.anything({ maxDepth: 2 }),
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.constant('a'.repeat(100_000)),
  fc.constant(`mongodb://ada:${secret}@@h:1:2/x`),
);

/** The options with some replaced, dropped, added or misspelt. */
function spoilt(options: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const names = Object.keys(options);
  const change = fc.tuple(
    fc.constantFrom(...names, '__proto__', 'constructor', 'nonsense', 'password', 'client', 'insecure'),
    foreign,
    fc.boolean(),
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
        const entries = new Map(Object.entries(options));
        for (const [name, value, drops] of changes) {
          if (drops) entries.delete(name);
          else entries.set(name, value);
        }
        return Object.fromEntries(entries);
      }),
    },
    { weight: 1, arbitrary: foreign },
  );
}

const plainPrototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort());

describe(`R-30 spoilt options are taken or refused, by an error that names them and shows no secret; seed ${seed}`, () => {
  test.each(knownConnectors)(
    '$id',
    async (known) => {
      const { connector } = await loadKnownConnector(known);
      let refused = 0;
      await fc.assert(
        fc.asyncProperty(spoilt(good[known.id] ?? {}), async (options) => {
          try {
            const configured = await connector.configure(options);
            expect(redactUrls(inspect(configured.description, { depth: 10 }))).not.toContain(secret);
          } catch (error) {
            if (!isDatamigratoError(error)) throw error;
            expect(error.category).toBe('usage');
            // A connection string where a path or a name belongs is told, and loses its password where it is shown.
            expect(redactUrls(inspect(error, { depth: 10, showHidden: true }))).not.toContain(secret);
            expect(error.message.length).toBeLessThan(5_000);
            refused += 1;
          }
        }),
        { numRuns: 1_000, seed },
      );
      expect(refused).toBeGreaterThan(300);
      expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype).sort())).toBe(plainPrototype);
    },
    120_000,
  );
});
