import { describe, expect, test } from 'vitest';
import {
  byteCount,
  catchUpEnd,
  entityChoice,
  fieldList,
  keyParts,
  nameAndValue,
  wholeNumber,
} from '../../src/command/flag-values.js';

test('a list of fields is cut at commas', () => {
  expect(fieldList('a,b c,d\\,e,f\\\\')).toEqual(['a', 'b c', 'd,e', 'f\\']);
  expect(() => fieldList('a,,b')).toThrow('empty');
});

describe('a key', () => {
  test.each([
    ['id', ['id']],
    ['country,year', ['country', 'year']],
    ['(country,city),year', { partition: ['country', 'city'], clustering: ['year'] }],
    ['(country,city)', { partition: ['country', 'city'], clustering: [] }],
  ])('%s', (text, parts) => expect(keyParts(text)).toEqual(parts));
  test.each(['country,(city)', '(a,b', '(),a', '(a)b', ''])('%s is none', (text) =>
    expect(() => keyParts(text)).toThrow(/Parentheses|empty/),
  );
});

describe('an entity', () => {
  test('has its name, or another in the target', () => {
    expect(entityChoice('users=people', entityChoice('movies'))).toEqual([
      { source: 'movies' },
      { source: 'users', target: 'people' },
    ]);
    expect(entityChoice('a\\=b=c')).toEqual([{ source: 'a=b', target: 'c' }]);
  });
  test.each(['', '=a', 'a=', 'a=b=c'])('%s is none', (text) => expect(() => entityChoice(text)).toThrow('<source>'));
});

test('names and values', () => {
  expect(nameAndValue('b=x=y', nameAndValue('a=1'))).toEqual({ a: '1', b: 'x=y' });
  expect(Object.keys(nameAndValue('__proto__=1'))).toEqual(['__proto__']);
  expect(() => nameAndValue('a=2', { a: '1' })).toThrow('twice');
  expect(() => nameAndValue('a')).toThrow('<name>=<value>');
});

test('numbers', () => {
  expect(wholeNumber(1)('17')).toBe(17);
  for (const text of ['0', '-1', '1.5', '1e3', '', '99999999999999999'])
    expect(() => wholeNumber(1)(text)).toThrow('whole number');
});

test('sizes', () => {
  expect(['1000', '500kB', '2MB', '4GiB', '1KiB'].map(byteCount)).toEqual([1000, 5e5, 2e6, 4 * 1024 ** 3, 1024]);
  for (const text of ['0', '-1', '1TB', 'many', '1.5GB']) expect(() => byteCount(text)).toThrow('size');
});

test('ends of catching up', () => {
  expect(['until-quiet', '30s', '5m', '2h'].map(catchUpEnd)).toEqual(['until-quiet', 30_000, 300_000, 7_200_000]);
  for (const text of ['', 'quiet', '5', '0s', '1.5m', '5 m', '-1s', '1d'])
    expect(() => catchUpEnd(text)).toThrow('until-quiet');
});
