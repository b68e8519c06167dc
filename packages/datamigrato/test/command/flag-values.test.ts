import { type FieldCondition, instant } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { conditionOf } from '../../src/command/filter-condition.js';
import {
  byteCount,
  catchUpEnd,
  entityChoice,
  fieldList,
  filterCondition,
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

describe('a condition of a filter', () => {
  const read = (text: string) => filterCondition(text).map(conditionOf)[0];
  test.each<[string, FieldCondition]>([
    ['age>=18', { field: 'age', is: '>=', value: 18 }],
    ['age < -1.5', { field: 'age', is: '<', value: -1.5 }],
    ['address.city = Wien, 3. Bezirk', { field: 'address.city', is: '=', value: 'Wien, 3. Bezirk' }],
    ['name!=', { field: 'name', is: '!=', value: '' }],
    ['formula=a=b', { field: 'formula', is: '=', value: 'a=b' }],
    ['zip="01234"', { field: 'zip', is: '=', value: '01234' }],
    ['zip=01234', { field: 'zip', is: '=', value: '01234' }],
    ['gone=null', { field: 'gone', is: '=', value: null }],
    ['country in at, ch,a\\,b', { field: 'country', is: 'in', values: ['at', 'ch', 'a,b'] }],
    ['email exists', { field: 'email', is: 'exists' }],
    ['email missing', { field: 'email', is: 'missing' }],
    ['born>instant:1970-01-01T00:00:01.000Z', { field: 'born', is: '>', value: instant(1000) }],
    ['big=int64:9007199254740993', { field: 'big', is: '=', value: 9007199254740993n }],
  ])('%s', (text, condition) => expect(read(text)).toEqual(condition));
  test.each(['', 'age', 'age is 5', '=5', 'exists'])('%s is none', (text) =>
    expect(() => filterCondition(text)).toThrow('<field>'),
  );
  test('a value that is none of its kind is refused', () => {
    expect(() => read('born>instant:yesterday')).toThrow(expect.objectContaining({ code: 'DM_TEXT_INVALID' }));
  });
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
