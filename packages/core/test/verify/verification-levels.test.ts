import { describe, expect, it } from 'vitest';
import {
  DatamigratoError,
  type DataRecord,
  double,
  entityName,
  type Value,
  type VerificationLevel,
  valueToText,
  verifyMigration,
} from '../../src/index.js';
import { createMemoryStore, memoryConnector, tableManifest } from '../memory-connector.js';
import { migrate, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';
import { drill, generatedPair, plant, recordOf } from './verification-drill.js';
import { common, documents, migrated, numbered, type Pair, recordsOf } from './verified-pair.js';

const tables = memoryConnector('tables', tableManifest);

const verify = (pair: Pair, level: VerificationLevel, more: object = {}) =>
  verifyMigration({ ...common, ...pair, settings: { level, ...more } });

function change(pair: Pair, key: string, fields: DataRecord['fields']): void {
  const record = recordsOf(pair.middle).get(key);
  if (record === undefined) throw new Error(`there is no record ${key}`);
  recordsOf(pair.middle).set(key, { ...record, fields });
}

describe('levels of verification', () => {
  it('counts sees a record too few, and says that it looked at nothing else', async () => {
    const pair = await migrated(numbered(50));
    change(pair, '[7]', { name: 'changed' });
    const equal = await verify(pair, 'counts');
    expect(equal).toMatchObject({ verdict: 'equal', level: 'counts', covers: expect.stringContaining('nothing that') });
    expect(equal.entities[0]).toMatchObject({ expected: 50, actual: 50, compared: 0, tally: null });
    recordsOf(pair.middle).delete('[7]');
    expect((await verify(pair, 'counts')).verdict).toBe('different');
  });

  it('digests sees one changed value, and does not say where', async () => {
    const pair = await migrated(numbered(50));
    expect((await verify(pair, 'digests')).verdict).toBe('equal');
    const record = recordsOf(pair.middle).get('[7]');
    change(pair, '[7]', { ...(record?.fields as Record<string, Value>), zero: double(-0) });
    const report = await verify(pair, 'digests');
    expect(report.entities[0]).toMatchObject({
      verdict: 'different',
      differingBuckets: 1,
      tally: null,
      differences: [],
    });
  });

  it('sample finds what it chose, and states what it proves', async () => {
    const pair = await generatedPair(20_000);
    const settings = { level: 'sample' as const, sampleSize: 2000 };
    const sampled = { ...common, ...pair, settings };
    const clean = (await verifyMigration(sampled)).entities[0];
    const chosen = clean?.sample?.records ?? 0;
    // Each key is chosen with probability 0.1: 2,000 in the mean, 42 of standard deviation.
    expect(chosen).toBeGreaterThan(1700);
    expect(chosen).toBeLessThan(2300);
    expect(clean).toMatchObject({ verdict: 'equal', compared: chosen, expected: 20_000 });
    expect(clean?.sample).toMatchObject({ confidence: 0.95 });
    expect(clean?.sample?.differingShareBelow).toBeCloseTo(3 / chosen, 4);
    plant(pair, 2000, 5);
    const found = (await verifyMigration(sampled)).entities[0];
    expect(found).toMatchObject({ verdict: 'different', sample: { differingShareBelow: null } });
    const { missing = 0, extra = 0, changed = 0 } = found?.tally ?? {};
    expect(missing + extra + changed).toBeGreaterThan(100);
    expect(missing + extra + changed).toBeLessThan(320);
  }, 60_000);

  it('a sample that would not fit into memory is refused', async () => {
    const pair = await migrated(numbered(5));
    await expect(verify(pair, 'sample', { sampleSize: 10_000, recordsInMemory: 1000 })).rejects.toMatchObject({
      code: 'DM_SAMPLE_TOO_LARGE',
    });
  });

  it('a sample of a side that lacks a record is never equal', async () => {
    const pair = await migrated(numbered(500));
    recordsOf(pair.middle).delete('[3]');
    expect((await verify(pair, 'sample', { sampleSize: 20 })).verdict).toBe('different');
  });

  it('R-24 the order of fields differs where both stores keep it, and there alone', async () => {
    for (const [connector, verdict] of [
      [documents, 'different'],
      [tables, 'equal'],
    ] as const) {
      const pair = await migrated([{ key: [1], fields: { a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } } }], connector);
      const record = [...recordsOf(pair.middle)][0]?.[1];
      if (record === undefined) throw new Error('there is no record');
      const fields =
        connector === documents
          ? { a: 1, b: { c: 2, d: [{ f: 4, e: 3 }] } }
          : Object.fromEntries(Object.entries(record.fields).reverse());
      change(pair, valueToText(record.key), fields);
      const report = await verify(pair, 'records');
      expect(report.verdict).toBe(verdict);
      if (verdict === 'different')
        expect(report.entities[0]?.differences[0]?.fields).toEqual([
          { path: ['b', 'd', '0'], difference: 'order', expectedKind: 'document', actualKind: 'document' },
        ]);
    }
  });

  it('R-25 A-40 a reading that fails at any of 100 points, on either side and at every level, is inconclusive', async () => {
    const pair = await generatedPair(2000);
    const sides = [pair.origin, pair.copy];
    for (let point = 0; point < 100; point += 1) {
      const at = point * 20;
      const side = sides[point % 2];
      if (side === undefined) continue;
      side.onRead = (_, offset) => {
        if (offset + 1000 > at)
          throw new DatamigratoError({ code: 'DM_TEST_GONE', category: 'endpoint', message: 'gone' });
      };
      const level = (['records', 'digests', 'sample'] as const)[point % 3] ?? 'records';
      const report = await verifyMigration({ ...common, ...pair, settings: { level } });
      expect({ point, verdict: report.verdict }).toEqual({ point, verdict: 'inconclusive' });
      expect(report.entities[0]?.reason).toContain('DM_TEST_GONE');
      delete side.onRead;
    }
  }, 120_000);

  it('R-25 a store that is gone is waited for once, and not again with each further entity', async () => {
    const entities = ['one', 'two', 'three'];
    const origin = createMemoryStore(Object.fromEntries(entities.map((name) => [name, numbered(20)])));
    const middle = createMemoryStore();
    const source = await openStore(documents, origin);
    const target = await openStore(documents, middle);
    const { plan } = await migrate(source, target);
    const runtime = createVirtualRuntime(1);
    origin.onRead = (entity) => {
      if (entity !== plan.entities[0]?.source)
        throw new DatamigratoError({ code: 'DM_TEST_GONE', category: 'transient', message: 'gone' });
    };
    const settings = { outage: 60_000 };
    const report = await runtime.run(verifyMigration({ ...common, plan, source, target, runtime, settings }));
    expect(report.entities.map(({ verdict }) => verdict)).toEqual(['equal', 'inconclusive', 'inconclusive']);
    expect(report.entities[1]?.reason).toContain('DM_ENDPOINT_UNAVAILABLE');
    expect(report.entities[2]?.reason).toContain('not read, since DM_ENDPOINT_UNAVAILABLE');
    expect(runtime.monotonicNow()).toBeLessThan(120_000);
  });

  it('R-25 A-41 a side that ends early without an error is inconclusive, at every level', async () => {
    const pair = await generatedPair(5000);
    for (const side of [pair.origin, pair.copy]) {
      // The store counts the record, and its reading leaves it out.
      side.changed.set(4321, null);
      const count = side.changed.values.bind(side.changed);
      side.changed.values = () => new Map<number, null>().values();
      for (const level of ['records', 'digests', 'sample'] as const) {
        const report = await verifyMigration({ ...common, ...pair, settings: { level } });
        expect(report.entities[0]).toMatchObject({
          verdict: 'inconclusive',
          reason: expect.stringContaining('counts 5000 records, and 4999 were read'),
        });
      }
      side.changed.values = count;
      side.changed.clear();
    }
  });

  it('a failure that passes is met by reading on, and changes nothing', async () => {
    const pair = await generatedPair(5000);
    const runtime = createVirtualRuntime(1);
    let failures = 0;
    pair.copy.onRead = (_, offset) => {
      if (offset >= 2000 && failures < 2) {
        failures += 1;
        throw new DatamigratoError({ code: 'DM_TEST_BUSY', category: 'transient', message: 'busy' });
      }
    };
    const { report } = await runtime.run(drill(pair, new Map(), runtime));
    expect({ verdict: report.verdict, failures }).toEqual({ verdict: 'equal', failures: 2 });
  });

  it('records that differ no longer when they are read again are in no tally', async () => {
    const pair = await generatedPair(1000);
    pair.copy.changed.set(5, { ...recordOf(5), fields: { name: 'late' } });
    pair.copy.changed.set(6, { ...recordOf(6), fields: { name: 'changed' } });
    let passes = 0;
    pair.copy.onRead = (_, offset) => {
      if (offset === 0) passes += 1;
      // The third reading looks for the fields that differ.
      if (passes === 3) pair.copy.changed.delete(5);
    };
    const found = (await verifyMigration({ ...common, ...pair })).entities[0];
    expect(found).toMatchObject({ verdict: 'different', settled: 1, tally: { changed: 1 } });
    expect(found?.differences.map(({ key }) => key)).toEqual(['[6]']);
    pair.copy.changed.set(5, { ...recordOf(5), fields: { name: 'late' } });
    pair.copy.changed.delete(6);
    passes = 0;
    const moved = (await verifyMigration({ ...common, ...pair })).entities[0];
    expect(moved).toMatchObject({ verdict: 'inconclusive', settled: 1, reason: expect.stringContaining('moved') });
  });

  it('R-16 where a side moves, differences have time to settle, and those that do not are reported with their age', async () => {
    const pair = await generatedPair(1000);
    const runtime = createVirtualRuntime(1);
    const late = (index: number): void => {
      pair.copy.changed.set(index, { ...recordOf(index), fields: { name: 'late' } });
    };
    for (const index of [5, 6, 7]) late(index);
    // What the source got is in the target a second, two, or never later.
    pair.copy.onRead = () => {
      if (runtime.monotonicNow() >= 1000) pair.copy.changed.delete(5);
      if (runtime.monotonicNow() >= 2000) pair.copy.changed.delete(6);
    };
    const settings = { settleWithin: 10_000 };
    const found = (await runtime.run(verifyMigration({ ...common, ...pair, runtime, settings }))).entities[0];
    expect(found).toMatchObject({ verdict: 'different', settled: 2, tally: { changed: 1 }, differedFor: 10_000 });
    expect(found?.differences.map(({ key }) => key)).toEqual(['[7]']);
    pair.copy.changed.clear();
    late(8);
    const again = createVirtualRuntime(1);
    pair.copy.onRead = () => {
      if (again.monotonicNow() >= 400) pair.copy.changed.delete(8);
    };
    const settled = (await again.run(verifyMigration({ ...common, ...pair, runtime: again, settings }))).entities[0];
    expect(settled).toMatchObject({ verdict: 'equal', settled: 1, differedFor: 0, differences: [] });
  });

  it('differing records too large to be kept are counted and not described', async () => {
    const text = 'x'.repeat(6 * 1024 * 1024);
    const pair = await migrated([
      { key: [1], fields: { text } },
      { key: [2], fields: { text } },
    ]);
    for (const key of ['[1]', '[2]']) change(pair, key, { text: `${text}!` });
    const found = (await verify(pair, 'records')).entities[0];
    expect(found?.tally?.changed).toBe(2);
    expect(found?.differences.map(({ fields }) => fields?.length ?? null).sort()).toEqual([1, null]);
  });

  it('keys are told apart by a hash that says nothing of them without the secret key', async () => {
    const pair = await migrated(numbered(20));
    change(pair, '[7]', {});
    const once = await verify(pair, 'records');
    const again = await verify(pair, 'records');
    const other = await verifyMigration({ ...common, ...pair, digestKey: new Uint8Array(32).fill(1) });
    const hash = (report: typeof once) => report.entities[0]?.differences[0]?.keyHash;
    expect(hash(once)).toMatch(/^[0-9a-f]{16}$/);
    expect(hash(again)).toBe(hash(once));
    expect(hash(other)).not.toBe(hash(once));
  });

  it('refuses other stores than those of the plan, and a plan that was changed', async () => {
    const pair = await migrated(numbered(5));
    const elsewhere = await openStore(tables, createMemoryStore());
    await expect(verifyMigration({ ...common, ...pair, target: elsewhere })).rejects.toMatchObject({
      code: 'DM_VERIFY_OTHER_STORE',
    });
    const [entity] = pair.plan.entities;
    if (entity === undefined) throw new Error('the plan is empty');
    const plan = { ...pair.plan, entities: [{ ...entity, target: entityName('others') }] };
    await expect(verifyMigration({ ...common, ...pair, plan })).rejects.toMatchObject({ code: 'DM_PLAN_CHANGED' });
  });
});
