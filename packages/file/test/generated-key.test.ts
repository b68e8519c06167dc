import { expect, it } from 'vitest';
import { createContentKeys } from '../src/generated-key.js';

it('A-18 counts the occurrences of each content through many others', () => {
  const keys = createContentKeys();
  const found = Array.from({ length: 30_000 }, (_, index) => keys.keyOf({ n: index % 20_000 }));
  expect(new Set(found).size).toBe(30_000);
  expect(found.slice(20_000)).toEqual(found.slice(0, 10_000).map((key) => `${key}-1`));
});

it('refuses more contents than it may hold', () => {
  const keys = createContentKeys(3);
  for (const n of [1, 2, 3, 1]) keys.keyOf({ n });
  expect(() => keys.keyOf({ n: 4 })).toThrow(expect.objectContaining({ code: 'DM_FILE_TOO_MANY_KEYLESS' }));
});
