import { describe, expect, it } from 'vitest';
import { BinaryValue, type DataRecord, type Value, verifyMigration } from '../../src/index.js';
import { common, migrated, recordsOf } from '../verify/verified-pair.js';

/** Far more than any display of a value shows. */
const length = 300_000;

const bytes = (last: number): Value => {
  const content = new Uint8Array(length);
  content[length - 1] = last;
  return new BinaryValue(content);
};
const nested = (last: number): Value => {
  let value: Value = last;
  for (let level = 0; level < 60; level += 1) value = { deeper: value };
  return value;
};

/** Pairs of values that are equal as far as anybody would read. */
const pairs: readonly (readonly [title: string, before: Value, after: Value])[] = [
  ['text', `${'x'.repeat(length)}a`, `${'x'.repeat(length)}b`],
  ['text that is longer by one space', 'x'.repeat(length), `${'x'.repeat(length)} `],
  ['bytes', bytes(1), bytes(2)],
  [
    'a list',
    Array.from({ length: 20_000 }, (_, index) => index),
    Array.from({ length: 20_000 }, (_, index) => (index === 19_999 ? -1 : index)),
  ],
  ['what is nested deeply', nested(1), nested(2)],
  [
    'a document of many fields',
    Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, index])),
    Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`f${index}`, index === 4_999 ? -1 : index])),
  ],
];

describe('A-42 whole values are compared', () => {
  it.each(pairs)('%s that differs at its very end differs, at every level', async (_title, before, after) => {
    const pair = await migrated([{ key: [1], fields: { value: before, other: 'same' } }]);
    for (const level of ['digests', 'records'] as const)
      expect((await verifyMigration({ ...common, ...pair, settings: { level } })).verdict).toBe('equal');
    const [key, record] = [...recordsOf(pair.middle)][0] ?? [];
    if (key === undefined || record === undefined) throw new Error('nothing was migrated');
    const changed: DataRecord = { ...record, fields: { value: after, other: 'same' } };
    recordsOf(pair.middle).set(key, changed);
    for (const level of ['digests', 'records'] as const) {
      const report = await verifyMigration({ ...common, ...pair, settings: { level } });
      expect(report.verdict).toBe('different');
      expect(JSON.stringify(report).length).toBeLessThan(10_000);
    }
  });
});
