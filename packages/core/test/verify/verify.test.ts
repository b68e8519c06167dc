import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatamigratoError, type Value, valueToText, verifyMigration } from '../../src/index.js';
import { memoryConnector, tableManifest } from '../memory-connector.js';
import { createVirtualRuntime } from '../virtual-runtime.js';
import { common, documents, migrated, mutations, numbered, recordsOf } from './verified-pair.js';

const tables = memoryConnector('tables', tableManifest);

describe('verification', () => {
  it('R-24 finds every planted difference and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_000_000 }), async (seed) => {
        const pair = await migrated(numbered(1000));
        const target = recordsOf(pair.middle);
        const expected = new Map<string, string>();
        const runtime = createVirtualRuntime(seed);
        const random = (): number => runtime.random();
        const keys = [...target.keys()];
        for (let planted = 0; planted < 40; planted += 1) {
          const key = keys[Math.floor(random() * keys.length)] as string;
          const record = target.get(key);
          if (record === undefined || expected.has(key)) continue;
          const choice = Math.floor(random() * (mutations.length + 2));
          if (choice === mutations.length) {
            target.delete(key);
            expected.set(key, 'missing');
          } else if (choice > mutations.length) {
            const extra = { key: [`extra-${planted}`], fields: record.fields };
            target.set(valueToText(extra.key), extra);
            expected.set(valueToText(extra.key), 'extra');
          } else {
            const mutate = mutations[choice] as (typeof mutations)[number];
            target.set(key, { ...record, fields: mutate(record.fields as Record<string, Value>) });
            expected.set(key, 'changed');
          }
        }
        const report = await verifyMigration({ ...common, ...pair });
        expect(report.verdict).toBe('different');
        expect(
          Object.fromEntries(
            report.entities[0]?.differences.map((difference) => [difference.key, difference.difference]) ?? [],
          ),
        ).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('R-24 sees two records that swapped their contents', async () => {
    const pair = await migrated(numbered(100));
    const target = recordsOf(pair.middle);
    const [one, other] = [target.get('[1]'), target.get('[2]')];
    if (!one || !other) throw new Error('records are missing');
    target.set('[1]', { ...one, fields: other.fields });
    target.set('[2]', { ...other, fields: one.fields });
    const report = await verifyMigration({ ...common, ...pair });
    expect(report.entities[0]).toMatchObject({ verdict: 'different', tally: { changed: 2, missing: 0, extra: 0 } });
    expect(report.entities[0]?.differences[0]?.fields?.map((field) => field.path.join('.'))).toContain('name');
  });

  it('R-24 A-44 tells kinds, order and missing fields apart, without a value in the report', async () => {
    const pair = await migrated(numbered(10));
    const target = recordsOf(pair.middle);
    const record = target.get('[3]');
    if (!record) throw new Error('a record is missing');
    const { name: _, ...fields } = record.fields as Record<string, Value>;
    target.set('[3]', { ...record, fields: { ...fields, whole: 3n, list: ['b3', 'a'], more: 'secret' } });
    const report = await verifyMigration({ ...common, ...pair });
    expect(report.entities[0]?.differences[0]?.fields).toEqual([
      { path: ['name'], difference: 'missing', expectedKind: 'string' },
      { path: ['whole'], difference: 'kind', expectedKind: 'int32', actualKind: 'int64' },
      { path: ['list'], difference: 'order', expectedKind: 'array', actualKind: 'array' },
      { path: ['more'], difference: 'extra', actualKind: 'string' },
    ]);
    expect(JSON.stringify(report)).not.toContain('secret');
  });

  it('R-24 calls equal sides equal, also where kinds were converted on the way', async () => {
    for (const connector of [documents, tables]) {
      const pair = await migrated([...numbered(300), { key: [9999], fields: { name: 5, late: null } }], connector);
      const report = await verifyMigration({ ...common, ...pair });
      expect(report.entities[0]).toMatchObject({ verdict: 'equal', expected: 301, actual: 301, differences: [] });
    }
  });

  it('R-25 never calls sides equal when one was not read whole', async () => {
    for (const side of ['origin', 'middle'] as const) {
      const pair = await migrated(numbered(400));
      for (let at = 0; at < 400; at += 50) {
        pair[side].onRead = (_entity, offset) => {
          if (offset >= at)
            throw new DatamigratoError({ code: 'DM_TEST_GONE', category: 'endpoint', message: 'the store is gone' });
        };
        const report = await verifyMigration({ ...common, ...pair });
        expect(report.verdict).toBe('inconclusive');
        expect(report.entities[0]?.reason).toContain('DM_TEST_GONE');
      }
    }
  });

  it('R-26 looks into differing buckets in groups that fit into memory', async () => {
    const pair = await migrated(numbered(2000));
    const target = recordsOf(pair.middle);
    for (let index = 0; index < 2000; index += 2) target.delete(`[${index}]`);
    const report = await verifyMigration({
      ...common,
      ...pair,
      settings: { buckets: 64, recordsInMemory: 200, listed: 10 },
    });
    expect(report.entities[0]).toMatchObject({ tally: { missing: 1000, changed: 0, extra: 0 } });
    expect(report.entities[0]?.differences).toHaveLength(10);
  });
});
