import { readFile } from 'node:fs/promises';
import { cassandraConnector } from '@datamigrato/cassandra';
import {
  decimal,
  double,
  type EntitySchema,
  entityName,
  type FilterOperator,
  type Manifest,
  type SourceCondition,
  type Value,
} from '@datamigrato/core';
import { fileConnector } from '@datamigrato/file';
import { firebaseRealtimeConnector } from '@datamigrato/firebase-realtime';
import { firestoreConnector } from '@datamigrato/firestore';
import { mongodbConnector } from '@datamigrato/mongodb';
import { describe, expect, test } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

/** The second cell of the row that the table of filters has for a store. */
function appliesIn(store: string): readonly string[] {
  const row = readme.split('\n').find((line) => line.startsWith(`| ${store} |`));
  return [...(row?.split('|')[2] ?? 'no such row').matchAll(/`([^`]+)`/g)].map(([, operator]) => operator ?? '');
}

const stores: readonly (readonly [string, { readonly manifest: Manifest }])[] = [
  ['MongoDB', mongodbConnector],
  ['Cassandra', cassandraConnector],
  ['Firestore', firestoreConnector],
  ['Realtime Database', firebaseRealtimeConnector],
  ['files', fileConnector],
];

describe('the table of filters', () => {
  test.each(stores)('says of %s what its manifest says', (store, { manifest }) => {
    expect(readme).toContain(`\n| ${store} |`);
    expect([...appliesIn(store)].sort()).toEqual([...(manifest.filters ?? [])].sort());
  });

  const schema = (entity: string): EntitySchema => ({
    entity: entityName(entity),
    key: [
      { name: 'tenant', role: 'partition', type: { kind: 'string' } },
      { name: 'active', role: 'partition', type: { kind: 'boolean' } },
      { name: 'at', role: 'clustering', type: { kind: 'int32' } },
      { name: 'id', role: 'clustering', type: { kind: 'uuid' } },
    ],
    fields: [],
    origin: 'declared',
  });
  const on = (path: string, operator: FilterOperator, ...values: readonly Value[]): SourceCondition => ({
    path: path.split('/'),
    inKey: schema('x').key.some(({ name }) => name === path),
    operator,
    values,
  });
  /** Which of conditions a store applies, each by itself. */
  const applied = (manifest: Manifest, conditions: readonly SourceCondition[], entity = 'people'): readonly boolean[] =>
    conditions.map((condition) => manifest.selects?.(schema(entity), [condition]).length === 1);

  test('says for which values MongoDB applies them', () => {
    const { manifest } = mongodbConnector;
    const taken = [
      on('a', '=', null),
      on('a', 'in', 'x', true),
      on('a', '>', 5n),
      on('a/b', '<', 'x'),
      on('a', 'exists'),
    ];
    expect(applied(manifest, taken)).toEqual(taken.map(() => true));
    const left = [
      on('a', '>', true),
      on('a', '=', decimal('5')),
      on('a.b', '=', 5),
      on('$a', '=', 5),
      on('a', '=', [5]),
    ];
    expect(applied(manifest, left)).toEqual(left.map(() => false));
  });

  test('says for which fields and values Firestore applies them', () => {
    const { manifest } = firestoreConnector;
    const taken = [on('a', '=', 'x'), on('a', '=', false), on('a', '=', 5.5)];
    expect(applied(manifest, taken)).toEqual(taken.map(() => true));
    expect(applied(manifest, taken, 'people/*/notes')).toEqual(taken.map(() => false));
    const left = [on('a', '=', 0), on('a', '=', double(Number.NaN)), on('a/b', '=', 'x'), on('id', '=', 'x')];
    expect(applied(manifest, left)).toEqual(left.map(() => false));
  });

  test('says on which columns Cassandra applies them', () => {
    const { manifest } = cassandraConnector;
    const taken = (...conditions: readonly SourceCondition[]): number =>
      manifest.selects?.(schema('people'), conditions).length ?? 0;
    const partition = [on('tenant', 'in', 'a', 'b'), on('active', '=', false)];
    expect(taken(...partition)).toBe(2);
    expect(taken(...partition.slice(1))).toBe(0);
    expect(taken(on('tenant', '=', 'a'), on('active', '=', true))).toBe(0);
    expect(taken(...partition, on('at', '>', 1), on('at', '<=', 9))).toBe(4);
    expect(taken(...partition, on('id', '=', 'x'), on('note', '=', 'x'))).toBe(2);
    expect(taken(...partition, on('at', '=', 1), on('id', '>', 'x'))).toBe(3);
    const tenants = Array.from({ length: 1_001 }, (_, index) => `t${index}`);
    expect(taken(on('tenant', 'in', ...tenants.slice(1)), on('active', '=', false))).toBe(2);
    expect(taken(on('tenant', 'in', ...tenants), on('active', '=', false))).toBe(0);
  });
});
