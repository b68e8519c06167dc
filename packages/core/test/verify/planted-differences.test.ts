import { describe, expect, it } from 'vitest';
import { createVirtualRuntime } from '../virtual-runtime.js';
import { drill, generatedPair, plant } from './verification-drill.js';

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
});
