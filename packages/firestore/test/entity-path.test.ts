import { entityName } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { entityForKey, entityOfDocument, keyOfPath, parseEntityPath, pathOfKey } from '../src/entity-path.js';
import { manifest } from '../src/manifest.js';

const parse = (text: string) => parseEntityPath(entityName(text));

test.each<readonly [entity: string, path: string, key: readonly string[]]>([
  ['users', 'users/alice', ['alice']],
  ['users/*/messages', 'users/alice/messages/1', ['alice', '1']],
  ['users/alice/messages', 'users/alice/messages/1', ['1']],
  ['a/*/b/x/c/*/d', 'a/1/b/x/c/2/d/3', ['1', '2', '3']],
  ['*', '*/*', ['*']],
])('%s holds %s under the key %j', (entity, path, key) => {
  const parsed = parse(entity);
  expect(keyOfPath(parsed, path)).toEqual(key);
  expect(pathOfKey(parsed, key)).toBe(path);
  expect(parsed.keyParts).toBe(key.length);
});

test.each([
  ['users', 'users/alice/messages/1'],
  ['users', 'people/alice'],
  ['users/*/messages', 'users/alice/posts/1'],
  ['users/alice/messages', 'users/bob/messages/1'],
])('%s does not hold %s', (entity, path) => {
  expect(keyOfPath(parse(entity), path)).toBeUndefined();
});

describe('names', () => {
  test.each(['', '/', 'a/', '/a', 'a//b', 'users/alice', '.', '..', '__x__', 'a/./b', 'a/b/__c__', 'a/\uD800/b'])(
    '%j is no collection',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'DM_FIRESTORE_PATH', category: 'usage' }));
    },
  );

  test('the rule in the manifest is the one that names are read by', () => {
    const rule = new RegExp(manifest.names.entityPattern ?? '', 'u');
    for (const text of ['users', 'users/*/messages', 'a b', 'ä/*/😀', '__', 'a.b'])
      expect([rule.test(text), parse(text).collections.length > 0]).toEqual([true, true]);
    for (const text of ['users/alice', '', '__x__', 'a//b']) expect(rule.test(text)).toBe(false);
  });
});

test('a name for keys of several parts has a place for each', () => {
  expect(entityForKey('rooms', 1)).toBe('rooms');
  expect(entityForKey('rooms', 3)).toBe('rooms/*/records/*/records');
  expect(entityForKey('rooms/*/messages', 2)).toBe('rooms/*/messages');
  expect(entityForKey('rooms/a/messages', 2)).toBe('rooms/a/messages/*/records');
  expect(entityForKey('rooms/*/messages', 1)).toBe('rooms/*/messages');
});

test('a document belongs to the entity of any parent', () => {
  expect(entityOfDocument('users/alice')).toBe('users');
  expect(entityOfDocument('users/alice/messages/1/reactions/x')).toBe('users/*/messages/*/reactions');
});
