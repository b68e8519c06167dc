import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyIndex, isSuperseded } from '../src/archive/key-index.js';
import { createKnownKeys } from '../src/archive/known-keys.js';
import { temporaryFolder } from './harness.js';

const digestOf = (key: number) => createHash('sha256').update(String(key)).digest('hex').slice(0, 32);
/** Digests that differ only after their first 64 bits, so that sorting by a beginning is not enough. */
const nearDigestOf = (key: number) => `0123456789abcdef${digestOf(key).slice(16)}`;

it('finds every line that a later one replaces, in memory and in files alike', async () => {
  const line = fc.record({ key: fc.integer({ min: 0, max: 40 }), isDeletion: fc.boolean(), isNewChunk: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 80 }),
      fc.constantFrom(digestOf, nearDigestOf),
      fc.constantFrom(3, 1000),
      fc.boolean(),
      async (lines, digest, capacity, isShuffled) => {
        const folder = await temporaryFolder();
        const index = createKeyIndex(folder, capacity);
        let chunk = 0;
        let number = -1;
        const placed = lines.map(({ key, isDeletion, isNewChunk }) => {
          if (isNewChunk) chunk += 1;
          number = isNewChunk ? 0 : number + 1;
          return { key, isDeletion, chunk, line: number };
        });
        for (const { key, isDeletion, ...place } of isShuffled ? placed.toReversed() : placed) {
          index.add(digest(key), place, isDeletion);
          await index.relieve();
        }
        const last = new Map(placed.map((one) => [one.key, one]));
        const { superseded, deleted } = await index.findRepeats();
        for (const one of placed) {
          expect(isSuperseded(superseded.get(one.chunk), one.line)).toBe(one.isDeletion || last.get(one.key) !== one);
        }
        const gone = [...last.values()].filter(
          (one) => one.isDeletion && placed.some((other) => other.key === one.key && !other.isDeletion),
        );
        expect(deleted).toBe(gone.length);
        await index.clear();
        expect(await readdir(folder)).toEqual([]);
        expect((await index.findRepeats()).superseded.size).toBe(0);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

it('sorts many', async () => {
  const index = createKeyIndex(await temporaryFolder(), 5000);
  const count = 20_000;
  for (let line = 0; line < count; line += 1) {
    index.add(digestOf(line % 15_000), { chunk: 3, line }, false);
    await index.relieve();
  }
  const { superseded } = await index.findRepeats();
  const marked = Array.from({ length: count }, (_, line) => line).filter((line) =>
    isSuperseded(superseded.get(3), line),
  );
  expect(marked).toEqual(Array.from({ length: 5000 }, (_, line) => line));
  await index.clear();
});

it('knows the keys that it was told, and no more than it may', () => {
  const known = createKnownKeys(6000);
  for (let key = 0; key < 6000; key += 1) {
    expect(known.has(digestOf(key))).toBe(false);
    known.add(digestOf(key));
    known.add(digestOf(key));
  }
  for (let key = 0; key < 7000; key += 1) expect(known.has(digestOf(key))).toBe(key < 6000);
  expect(() => known.add(digestOf(6000))).toThrow(expect.objectContaining({ code: 'DM_FILE_TOO_MANY_KEYS' }));
});
