import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { valueErrors } from '../../src/index.js';

test('every error of values is explained, and no other', () => {
  const folder = new URL('../../src/value/', import.meta.url);
  const thrown = new Map<string, string>();
  for (const file of readdirSync(folder)) {
    const source = readFileSync(new URL(file, folder), 'utf8');
    for (const match of source.matchAll(/code: '(DM_[A-Z_]+)',\s+category: '([a-z]+)'/g)) {
      thrown.set(match[1] as string, match[2] as string);
    }
  }
  expect(Object.fromEntries(thrown)).toEqual(
    Object.fromEntries(Object.entries(valueErrors).map(([code, { category }]) => [code, category])),
  );
});
