import { describe, expect, it } from 'vitest';
import { createVirtualRuntime } from '../virtual-runtime.js';
import { drill, generatedPair, plant, watchMemory } from './verification-drill.js';

describe('verification of many records', () => {
  it('R-24 finds each of 1,000 differences among 100,000 records, and invents none', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const pair = await generatedPair(100_000);
    const planted = plant(pair, 1000, seed);
    const { report, found, invented } = await drill(pair, planted, createVirtualRuntime(seed));
    expect({ seed, planted: planted.size, found, invented }).toEqual({ seed, planted: 1000, found: 1000, invented: 0 });
    const [entity] = report.entities;
    const count = (difference: string): number => [...planted.values()].filter((each) => each === difference).length;
    expect(entity?.tally).toEqual({
      missing: count('missing'),
      extra: count('extra'),
      changed: count('changed'),
      duplicated: 0,
    });
    expect(entity).toMatchObject({ expected: 100_000, compared: 100_000, counted: { source: 100_000 } });
  }, 120_000);

  it('R-24 calls 100,000 equal records equal', async () => {
    const pair = await generatedPair(100_000);
    const { report, invented } = await drill(pair, new Map(), createVirtualRuntime(1));
    expect({ verdict: report.verdict, invented }).toEqual({ verdict: 'equal', invented: 0 });
    expect(pair.origin.handedOut + pair.copy.handedOut).toBe(200_000);
  }, 120_000);

  it('R-26 needs at most 64 MiB for 100,000 records of which a fifth differs', async () => {
    const pair = await generatedPair(100_000);
    // What a test plants is no memory of the comparison.
    const planted = plant(pair, 20_000, 3);
    let batches = 0;
    const memory = watchMemory();
    const { report } = await drill(pair, planted, createVirtualRuntime(1), () => {
      batches += 1;
      if (batches % 40 === 0) memory.look();
    });
    const { missing = 0, extra = 0, changed = 0 } = report.entities[0]?.tally ?? {};
    expect(missing + extra + changed).toBe(20_000);
    expect(batches).toBeGreaterThan(400);
    expect(memory.growth()).toBeGreaterThan(0);
    expect(memory.growth()).toBeLessThan(64);
  }, 120_000);
});
