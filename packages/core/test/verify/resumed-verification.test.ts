import { describe, expect, it } from 'vitest';
import { DatamigratoError, type VerificationState, type VerificationStore, verifyMigration } from '../../src/index.js';
import { type GeneratedPair, generatedPair, plant } from './verification-drill.js';
import { common } from './verified-pair.js';

interface KeptState extends VerificationStore {
  text: string | undefined;
  saves: number;
}

/** A store that keeps text, as a disk does. */
function keptState(): KeptState {
  const kept: KeptState = {
    text: undefined,
    saves: 0,
    load: async () => (kept.text === undefined ? undefined : (JSON.parse(kept.text) as VerificationState)),
    async save(state) {
      kept.text = JSON.stringify(state);
      kept.saves += 1;
    },
    async clear() {
      kept.text = undefined;
    },
  };
  return kept;
}

/** Compares until so many records were read on both sides together, then ends as a killed process does: by saying nothing any more. */
async function killedAfter(records: number, pair: GeneratedPair, store: VerificationStore): Promise<void> {
  const kill = new AbortController();
  let read = 0;
  await expect(
    verifyMigration({
      ...common,
      ...pair,
      signal: kill.signal,
      onRead(batch) {
        read += batch.records;
        if (read >= records) kill.abort(new Error('killed'));
      },
      store: { ...store, save: async (state) => (kill.signal.aborted ? undefined : store.save(state)) },
    }),
  ).rejects.toThrow('killed');
}

function handedOut(pair: GeneratedPair): number {
  const sum = pair.origin.handedOut + pair.copy.handedOut;
  pair.origin.handedOut = 0;
  pair.copy.handedOut = 0;
  return sum;
}

describe('verification that goes on', () => {
  it('R-26 reads again only the partitions that were under way', async () => {
    const pair = await generatedPair(24_000);
    const partitions = pair.plan.entities[0]?.partitions ?? 0;
    expect(partitions).toBeGreaterThan(4);
    for (const share of [0.1, 0.5, 0.9]) {
      const store = keptState();
      await killedAfter(share * 48_000, pair, store);
      handedOut(pair);
      const report = await verifyMigration({ ...common, ...pair, store });
      expect(report).toMatchObject({
        verdict: 'equal',
        resumed: true,
        entities: [{ expected: 24_000, actual: 24_000 }],
      });
      // Four partitions of each side were under way; a batch more was read of each than was seen.
      const underWay = 8 * (Math.ceil(24_000 / partitions) + 1000);
      expect(handedOut(pair)).toBeLessThanOrEqual((1 - share) * 48_000 + underWay);
      expect(store.text).toBeUndefined();
    }
  }, 60_000);

  it('R-26 finds the same differences wherever it was interrupted', async () => {
    const pair = await generatedPair(8000);
    const planted = plant(pair, 100, 11);
    const whole = await verifyMigration({ ...common, ...pair });
    const read = handedOut(pair);
    expect(whole.entities[0]?.differences).toHaveLength(planted.size);
    for (const share of [0.05, 0.3, 0.4, 0.6, 0.7, 0.95]) {
      const store = keptState();
      await killedAfter(share * read, pair, store);
      const report = await verifyMigration({ ...common, ...pair, store });
      expect({ share, ...report.entities[0]?.tally }).toEqual({ share, ...whole.entities[0]?.tally });
      const keys = (found: typeof whole) => found.entities[0]?.differences.map(({ key }) => key).sort();
      expect(keys(report)).toEqual(keys(whole));
    }
  }, 60_000);

  it('R-26 uses the partitions of its beginning although the store is cut at other places by now', async () => {
    const pair = await generatedPair(20_000);
    const store = keptState();
    await killedAfter(20_000, pair, store);
    // Records that came later lie behind all partitions of the beginning; a new cut would be at other places.
    const more = Array.from({ length: 5000 }, (_, index) => ({ key: [`late ${index}`], fields: {} }));
    pair.origin.more.push(...more);
    pair.copy.more.push(...more);
    const report = await verifyMigration({ ...common, ...pair, store });
    expect(report.entities[0]).toMatchObject({
      expected: 20_000,
      verdict: 'inconclusive',
      reason: expect.stringContaining('counts 25000 records, and 20000 were read'),
    });
    expect((await verifyMigration({ ...common, ...pair, store })).entities[0]).toMatchObject({
      expected: 25_000,
      verdict: 'equal',
    });
  }, 60_000);

  it('R-10 R-11 does not go on from the state of another comparison, or from one that was damaged', async () => {
    const pair = await generatedPair(5000);
    const store = keptState();
    await killedAfter(6000, pair, store);
    const { text = '' } = store;
    const state = JSON.parse(text) as VerificationState;
    const other = { ...common, ...pair, digestKey: new Uint8Array(32).fill(9) };
    expect(await verifyMigration({ ...other, store })).toMatchObject({ verdict: 'equal', resumed: false });
    store.text = text;
    expect(await verifyMigration({ ...common, ...pair, store, settings: { level: 'digests' } })).toMatchObject({
      verdict: 'equal',
      resumed: false,
    });
    if (state.open === null) throw new Error('nothing was open');
    store.text = JSON.stringify({ ...state, open: { ...state.open, actual: { ...state.open.actual, sums: 'AAAA' } } });
    expect(await verifyMigration({ ...common, ...pair, store })).toMatchObject({
      verdict: 'equal',
      entities: [{ expected: 5000, actual: 5000 }],
    });
  }, 60_000);

  it('saves once for each partition, not for each batch', async () => {
    const pair = await generatedPair(24_000);
    const store = keptState();
    await verifyMigration({ ...common, ...pair, store });
    const partitions = 2 * (pair.plan.entities[0]?.partitions ?? 0);
    expect(store.saves).toBeLessThanOrEqual(partitions + 4);
  }, 60_000);

  it('R-09 fails where its state cannot be kept, instead of saying something about the stores', async () => {
    const pair = await generatedPair(5000);
    const full = new DatamigratoError({ code: 'DM_TEST_FULL', category: 'endpoint', message: 'no room' });
    const store: VerificationStore = { ...keptState(), save: () => Promise.reject(full) };
    await expect(verifyMigration({ ...common, ...pair, store })).rejects.toBe(full);
  });
});
