import { describe, expect, it } from 'vitest';
import {
  type Connector,
  checkLimits,
  compareStrings,
  DatamigratoError,
  type DataRecord,
  isDatamigratoError,
  type LimitCheckSettings,
  type LimitReport,
  lockOf,
  type Manifest,
  type MigrationEvent,
  type PlanOptions,
  planMigration,
  requireWithinLimits,
  type Value,
  valueToText,
} from '../../src/index.js';
import {
  createMemoryStore,
  documentManifest,
  type MemoryStore,
  memoryConnector,
  tableManifest,
} from '../memory-connector.js';
import { call, migrate, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const documents = memoryConnector('documents', documentManifest);

function limited(limits: Partial<Manifest['limits']>, more: Partial<Manifest> = {}): Connector {
  return memoryConnector('limited', {
    ...documentManifest,
    ...more,
    limits: { ...documentManifest.limits, ...limits },
  });
}

/** A connector whose encoder refuses keys that are too long, and says so by a code of its own. */
function refusing(keyBytes: number): Connector {
  const plain = limited({ keyBytes }, { refusals: { keyBytes: ['DM_TEST_KEY'] } });
  return {
    ...plain,
    codec: {
      ...plain.codec,
      createEncoder: (schema) => {
        const encoder = plain.codec.createEncoder(schema);
        return {
          ...encoder,
          encode(record) {
            const size = valueToText(record.key).length;
            if (size <= keyBytes) return encoder.encode(record);
            const context = { size, limit: keyBytes };
            throw new DatamigratoError({
              code: 'DM_TEST_KEY',
              category: 'record',
              message: 'the key is long',
              context,
            });
          },
        };
      },
    },
  };
}

async function check(
  store: MemoryStore,
  connector: Connector,
  { settings, options = {} }: { readonly settings?: Partial<LimitCheckSettings>; readonly options?: PlanOptions } = {},
): Promise<{
  readonly report: LimitReport;
  readonly events: readonly MigrationEvent[];
  readonly written: MemoryStore;
}> {
  const source = await openStore(documents, store);
  const written = createMemoryStore();
  const target = { ...(await openStore(connector, written)), connector };
  // A few records are cut as many would be.
  const plan = await planMigration({ source, target, options: { partitions: 8, ...options }, call });
  const events: MigrationEvent[] = [];
  const runtime = createVirtualRuntime(1);
  const report = await runtime.run(
    checkLimits({
      plan,
      source,
      target,
      runtime,
      signal: call.signal,
      listener: (event) => events.push(event),
      ...(settings && { settings }),
    }),
  );
  return { report, events, written };
}

const nested = (levels: number, leaf: Value = 'leaf'): Value => {
  let value = leaf;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { inner: value };
  return value;
};

const things = (count: number, one: (index: number) => DataRecord): MemoryStore =>
  createMemoryStore({ things: Array.from({ length: count }, (_, index) => one(index)) });

describe('a check of limits', () => {
  it('tells records that are beyond a limit by the code of the encoder, with size and key, and writes nothing', async () => {
    const store = things(500, (index) => ({
      key: [index % 100 === 7 ? `${'k'.repeat(100)}${index}` : index],
      fields: {},
    }));
    const { report, events, written } = await check(store, refusing(50));
    expect(report).toMatchObject({ checked: 500, beyond: 5, extent: 'full' });
    const [entity] = report.entities;
    expect(entity).toMatchObject({ source: 'things', checked: 500, beyond: 5, complete: true });
    expect(entity?.findings).toEqual([
      {
        limit: 'keyBytes',
        code: 'DM_TEST_KEY',
        stage: 'encode',
        records: 5,
        allowed: 50,
        largest: 107,
        message: 'the key is long',
        offenders: expect.any(Array),
      },
    ]);
    const offenders = [...(entity?.findings[0]?.offenders ?? [])].sort((left, right) =>
      compareStrings(left.key, right.key),
    );
    expect(offenders.map(({ key, size }) => [key.slice(-6), size])).toEqual([
      ['k107"]', 107],
      ['k207"]', 107],
      ['k307"]', 107],
      ['k407"]', 107],
      ['kkk7"]', 105],
    ]);
    expect(written.entities.size).toBe(0);
    expect(written.writes).toBe(0);
    const batches = events.filter((event) => event.type === 'batch-checked');
    expect(batches.reduce((sum, { records }) => sum + records, 0)).toBe(500);
    expect(batches.reduce((sum, { beyond }) => sum + beyond, 0)).toBe(5);
  });

  it('measures what a manifest limits and no code tells, and counts a record once however much it is beyond', async () => {
    const store = things(10, (index) => ({
      key: [index],
      fields: index === 3 ? { text: 'x'.repeat(400), deep: nested(6) } : { text: 'short' },
    }));
    const { report } = await check(store, limited({ recordBytes: 300, fieldBytes: 100, keyBytes: 4, depth: 5 }));
    expect(report.beyond).toBe(1);
    expect(
      report.entities[0]?.findings.map(({ limit, code, records, allowed, largest }) => [
        limit,
        code,
        records,
        allowed,
        largest,
      ]),
    ).toEqual([
      ['recordBytes', null, 1, 300, expect.any(Number)],
      ['fieldBytes', null, 1, 100, 400],
      ['depth', null, 1, 5, 7],
    ]);
  });

  it('finds what any step rejects: records that cannot be decoded, and those without a key', async () => {
    const store = things(20, (index) => ({
      key: [index],
      fields: index === 4 ? { poison: 1, id: 'x' } : index < 3 ? {} : { id: `n${index}` },
    }));
    const { report } = await check(store, memoryConnector('tables', tableManifest), {
      options: { mapping: { primaryKey: 'id' } },
    });
    expect(
      report.entities[0]?.findings.map(({ limit, code, stage, records }) => [limit, code, stage, records]),
    ).toEqual([
      ['other', 'DM_KEY_FIELD_MISSING', 'map', 3],
      ['other', 'DM_TEST_POISON', 'decode', 1],
    ]);
  });

  it('says what a run then does: as many dead letters, with the same codes', async () => {
    const store = things(300, (index) => ({ key: [index % 10 === 0 ? 'k'.repeat(60 + index) : index], fields: {} }));
    const connector = refusing(50);
    const { report } = await check(store, connector);
    const target = { ...(await openStore(connector, createMemoryStore())), connector };
    const { letters } = await migrate(await openStore(documents, store), target, {});
    expect(report.beyond).toBe(30);
    expect(letters.map(({ code }) => code)).toEqual(Array.from({ length: 30 }, () => 'DM_TEST_KEY'));
  });

  it('names as many records as are asked for, keys cut, and counts all', async () => {
    const store = things(40, (index) => ({ key: [`${'k'.repeat(7_000)}${index}`], fields: {} }));
    const { report } = await check(store, refusing(50), { settings: { listed: 3 } });
    const [finding] = report.entities[0]?.findings ?? [];
    expect(finding?.records).toBe(40);
    expect(finding?.offenders).toHaveLength(3);
    for (const { key } of finding?.offenders ?? []) expect(key).toMatch(/^\["k{117}…$/);
    expect(JSON.stringify(report).length).toBeLessThan(2_000);
  });

  it('looks at the first records of each partition for a sample, and says that it is one', async () => {
    const store = things(1_000, (index) => ({
      key: [index],
      fields: { text: 'x'.repeat(index % 2 === 0 ? 10 : 200) },
    }));
    const connector = limited({ fieldBytes: 100 });
    const sample = await check(store, connector, { settings: { extent: 'sample', sampleSize: 80 } });
    expect(sample.report).toMatchObject({ checked: 80, beyond: 40, extent: 'sample' });
    expect(sample.report.entities[0]?.complete).toBe(false);
    const parts = new Set(sample.events.map((event) => 'partition' in event && event.partition));
    expect(parts.size).toBe(8);
    const whole = await check(store, connector, { settings: { extent: 'sample', sampleSize: 5_000 } });
    expect(whole.report).toMatchObject({ checked: 1_000, beyond: 500 });
    expect(whole.report.entities[0]?.complete).toBe(true);
  });

  it('goes on after a source that was gone for a moment, and ends with what it fails with for good', async () => {
    const store = things(50, (index) => ({ key: [index], fields: {} }));
    let failures = 2;
    store.onRead = () => {
      if (failures-- > 0)
        throw new DatamigratoError({ code: 'DM_TEST_GONE', category: 'transient', retry: 'safe', message: 'gone' });
    };
    const { report, events } = await check(store, documents);
    expect(report.checked).toBe(50);
    expect(events.filter(({ type }) => type === 'retry-scheduled')).toHaveLength(2);
    store.onRead = () => {
      throw new DatamigratoError({ code: 'DM_TEST_CLOSED', category: 'endpoint', message: 'closed' });
    };
    await expect(check(store, documents)).rejects.toMatchObject({ code: 'DM_TEST_CLOSED' });
  });

  it('refuses for a limit that is not to be exceeded, and for no other', async () => {
    const store = things(30, (index) => ({ key: [index < 3 ? 'k'.repeat(99) : index], fields: {} }));
    const { report } = await check(
      createMemoryStore({ things: [...(store.entities.get('things')?.records.values() ?? [])] }),
      refusing(50),
    );
    requireWithinLimits(report, {});
    requireWithinLimits(report, { depth: 'refuse', keyBytes: 'reject' });
    try {
      requireWithinLimits(report, { keyBytes: 'refuse' });
    } catch (error) {
      if (!isDatamigratoError(error)) throw error;
      expect(error.code).toBe('DM_LIMIT_REFUSED');
      expect(error.message).toContain('keyBytes');
      expect(error.message).not.toContain('kkk');
      return;
    }
    throw new Error('nothing was refused');
  });
});

describe('values that are too deep', () => {
  it.each([5, 7, 12])(
    'become typed text with depth=spill, fit into %i levels, and come back with the lock',
    async (depth) => {
      const values = Array.from({ length: 24 }, (_, levels) =>
        nested(levels, levels % 3 === 0 ? 5n : { at: [1.5, null] }),
      );
      const original = values.map(
        (value, index): DataRecord => ({ key: [index], fields: { value, plain: { a: [index] } } }),
      );
      const source = createMemoryStore({ things: original });
      const connector = limited({ depth });
      const options: PlanOptions = { mapping: { onLimit: { depth: 'spill' } } };
      const { report } = await check(source, connector, { options });
      expect(report).toMatchObject({ checked: 24, beyond: 0 });
      const without = await check(source, connector);
      expect(without.report.beyond).toBeGreaterThan(0);
      const there = createMemoryStore();
      const { plan, letters } = await migrate(
        await openStore(documents, source),
        await openStore(connector, there),
        options,
      );
      expect(letters).toEqual([]);
      const back = createMemoryStore();
      await migrate(await openStore(connector, there), await openStore(documents, back), { lock: lockOf(plan) });
      const texts = (store: MemoryStore): readonly string[] =>
        [...(store.entities.get('things')?.records.values() ?? [])].map(valueOfRecord).sort(compareStrings);
      expect(texts(back)).toEqual(texts(source));
      // What is shallow stays what it is.
      const shallow = [...(there.entities.get('things')?.records.values() ?? [])].find(({ key }) => key[0] === 0);
      expect(shallow?.fields).toEqual(original[0]?.fields);
    },
  );
});

function valueOfRecord({ key, fields }: DataRecord): string {
  return valueToText([...key, fields]);
}
