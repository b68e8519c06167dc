import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../src/index.js';

test('is the chosen folder, else one in the cache folder of the user', () => {
  expect(cacheFolder({ DATAMIGRATO_TESTBED_CACHE: '/chosen', XDG_CACHE_HOME: '/cache' })).toBe('/chosen');
  expect(cacheFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/datamigrato-testbed');
  const usual = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  expect(cacheFolder({})).toBe(join(homedir(), usual, 'datamigrato-testbed'));
});
