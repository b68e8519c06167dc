import { expect, test } from 'vitest';
import { everyPair, parseCommandLine, UsageError } from '../src/command-line.js';

test('all twelve pairs by default, each of two different stores', () => {
  expect(parseCommandLine([], 1_234_567_890_123)).toMatchObject({
    pairs: everyPair,
    ring: false,
    records: 1000,
    seed: 567_890_123,
  });
  expect(new Set(everyPair.map(String)).size).toBe(12);
  expect(everyPair.filter(([source, target]) => source === target)).toEqual([]);
});

test('one pair, with so many records of a seed', () => {
  const arguments_ = ['--pair', 'firestore-cassandra', '--records', '10,000', '--seed', '7'];
  expect(parseCommandLine(arguments_, 0)).toMatchObject({
    pairs: [['firestore', 'cassandra']],
    records: 10_000,
    seed: 7,
  });
});

test('the ring takes whole data sets, unless it is told how much of them', () => {
  expect(parseCommandLine(['--ring'], 0)).toMatchObject({ ring: true, records: Number.MAX_SAFE_INTEGER });
  expect(parseCommandLine(['--ring', '--records', '500'], 0)).toMatchObject({ ring: true, records: 500 });
});

test.each([
  [['--pair', 'mongodb-mongodb']],
  [['--pair', 'mongodb']],
  [['--records', '0']],
  [['--records', 'x']],
  [['--unknown']],
  [['positional']],
])('%j is refused', (given) => {
  expect(() => parseCommandLine(given, 0)).toThrow(UsageError);
});
