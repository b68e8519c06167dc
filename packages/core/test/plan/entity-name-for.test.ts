import { expect, test } from 'vitest';
import type { NameRules } from '../../src/index.js';
import { entityNameFor } from '../../src/plan/entity-name-for.js';

const plain: NameRules = { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: true };
const paths: NameRules = { ...plain, entityPattern: '^[^.]+$', entityForKey: (entity) => entity };
/** Collections and ids in turn, a collection last. */
const collections: NameRules = { ...paths, entityPattern: '^[^/]+(?:/[^/]+/[^/]+)*$' };

test.each<readonly [string, NameRules, NameRules, string]>([
  ['users', collections, plain, 'users'],
  ['users/*/messages', collections, plain, 'users_messages'],
  ['a/*/b/*/c', collections, plain, 'a_b_c'],
  ['movies/*', paths, plain, 'movies'],
  ['shop/movies', paths, plain, 'shop/movies'],
  ['users/*/messages', collections, paths, 'users/*/messages'],
  ['movies/*/*', paths, collections, 'movies'],
  ['movies/*/*', paths, paths, 'movies/*/*'],
  ['any/*', plain, plain, 'any/*'],
  ['*', plain, collections, '*'],
])('%s keeps what both stores mean by it: case %#', (name, source, target, expected) => {
  expect(entityNameFor(name, source, target)).toBe(expected);
});
