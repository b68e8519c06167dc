import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRing, maximumToken, minimumToken } from '../src/token-range.js';

test('A-07 every cut of every ring covers it once, from the lowest token to the highest', () => {
  expect(cutRing([], 1)).toEqual([{ after: minimumToken, upTo: maximumToken }]);
  const token = fc.oneof(
    fc.bigInt(minimumToken, maximumToken),
    fc.constantFrom(minimumToken, minimumToken + 1n, -1n, 0n, maximumToken - 1n, maximumToken),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.integer({ min: 1, max: 300 }), (tokens, count) => {
      const ranges = cutRing(tokens, count);
      const edges = [minimumToken, ...ranges.map(({ upTo }) => upTo)];
      // The same nodes and count give the same ranges in every run, in whatever order the nodes are told.
      const again = cutRing([...tokens].reverse(), count);
      return (
        edges.at(-1) === maximumToken &&
        ranges.every(({ after, upTo }, index) => after === edges[index] && after < upTo) &&
        ranges.length <= Math.max(count, 1) + tokens.length + 1 &&
        again.every(({ upTo }, index) => upTo === edges[index + 1])
      );
    }),
    { numRuns: 1_000 },
  );
});

test('a ring is cut at the nodes’ tokens, into about as many ranges as were asked for', () => {
  const step = (maximumToken - minimumToken) / 256n;
  const tokens = Array.from({ length: 255 }, (_, index) => minimumToken + step * BigInt(index + 1));
  expect(cutRing(tokens, 1)).toHaveLength(1);
  const eight = cutRing(tokens, 8);
  expect(eight).toHaveLength(8);
  for (const { upTo } of eight.slice(0, -1)) expect(tokens).toContain(upTo);
  expect(cutRing(tokens, 256)).toHaveLength(256);
  const thousand = cutRing(tokens, 1_024);
  expect(thousand).toHaveLength(1_024);
  const narrowest = thousand.map(({ after, upTo }) => Number(upTo - after)).sort((left, right) => left - right)[0] ?? 0;
  expect(narrowest / Number(step / 4n)).toBeGreaterThan(0.9);
});

test('no range is much wider than an even part, wherever the few tokens of a small ring lie', () => {
  const width = Number(maximumToken - minimumToken);
  for (const share of [1n, 100n, 400n, 690n, 999n]) {
    const only = minimumToken + ((maximumToken - minimumToken) * share) / 1000n;
    for (const count of [2, 3, 8]) {
      const ranges = cutRing([only], count);
      const widest = Math.max(...ranges.map(({ after, upTo }) => Number(upTo - after)));
      expect(widest).toBeLessThanOrEqual((width / count) * 1.126);
      expect(ranges.length).toBeLessThanOrEqual(count + 2);
    }
  }
});
