import { expect, test } from 'vitest';
import { drillNames, parseCommandLine } from '../src/command-line.js';
import { type DrillResult, holds, tableOf } from '../src/report/drill-result.js';
import { comparePlace } from '../src/store/compare.js';
import { type DrillRecord, drillRecord } from '../src/store/drill-record.js';

const comparing = (...records: readonly DrillRecord[]) =>
  comparePlace(
    {
      async *read() {
        yield* records;
      },
    },
    3,
  );
const [zero, one, two] = [drillRecord(0), drillRecord(1), drillRecord(2)] as const;

test('nothing is found where everything is as it should be, in any order', async () => {
  expect(await comparing(two, zero, one)).toEqual({ lost: 0, duplicated: 0, examples: [] });
});

test('a missing, a changed, a doubled and a foreign record are each found', async () => {
  expect(await comparing(zero, two)).toMatchObject({ lost: 1, duplicated: 0, examples: ['record 1 is missing'] });
  expect(await comparing(zero, { ...one, active: !one.active }, two)).toMatchObject({ lost: 1, duplicated: 0 });
  expect(await comparing(zero, { ...one, amount: Number.NaN }, two)).toMatchObject({ lost: 1, duplicated: 0 });
  expect(await comparing(zero, one, one, two)).toMatchObject({ lost: 0, duplicated: 1 });
  expect(await comparing(zero, one, two, drillRecord(3))).toMatchObject({ lost: 0, duplicated: 1 });
  expect(await comparing(zero, { ...one, id: Number.NaN }, two)).toMatchObject({ lost: 1, duplicated: 1 });
});

const result: DrillResult = {
  drill: 'kill',
  tried: 20,
  lost: 0,
  duplicated: 0,
  false: 0,
  milliseconds: 1234,
  measured: 're-read 5',
  violations: [],
};

test('a promise holds only where something was tried and nothing is against it', () => {
  expect(holds(result)).toBe(true);
  for (const fault of [{ tried: 0 }, { lost: 1 }, { duplicated: 1 }, { false: 1 }, { violations: ['left 2 sockets'] }])
    expect(holds({ ...result, ...fault })).toBe(false);
});

test('the table shows figures, and what is against the promise', () => {
  expect(tableOf([result, { ...result, drill: 'faults', lost: 1200, violations: ['record 7 is missing'] }])).toBe(
    [
      'drill   tried   lost  duplicated  false   time',
      'kill       20      0           0      0  1.2 s  re-read 5',
      'faults     20  1,200           0      0  1.2 s  VIOLATED re-read 5',
      '',
      'faults: record 7 is missing',
    ].join('\n'),
  );
});

test('the command line', () => {
  expect(parseCommandLine(['all', '--quick'], 5_000_000_042)).toEqual({
    drills: drillNames,
    pairs: ['mongodb-cassandra', 'cassandra-mongodb'],
    quick: true,
    records: 3000,
    kills: 20,
    batchRecords: 250,
    seeds: 500,
    seed: 42,
  });
  expect(parseCommandLine(['kill', '--pair', 'mongodb-cassandra', '--kills', '7', '--seed', '9'], 0)).toMatchObject({
    drills: ['kill'],
    pairs: ['mongodb-cassandra'],
    kills: 7,
    records: 100_000,
    batchRecords: undefined,
    seed: 9,
  });
});

test('the size of batches may be chosen', () => {
  expect(parseCommandLine(['kill', '--batch-records', '1,000'], 0)).toMatchObject({ batchRecords: 1000 });
});

test.each([
  [[]],
  [['nothing']],
  [['kill', 'faults']],
  [['kill', '--kills', '0']],
  [['kill', '--pair', 'a-b']],
  [['kill', '--what']],
])('cannot be understood: %j', (programArguments) => {
  expect(() => parseCommandLine(programArguments, 0)).toThrow(expect.objectContaining({ name: 'UsageError' }));
});
