import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCatalogue, firebaseRealtimeConnector } from '../src/index.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('the connector says the version of its package', () => {
  expect(firebaseRealtimeConnector.version).toBe(manifest.version);
});

test('every explained error says what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^DM_REALTIME_[A-Z0-9_]+$/);
    expect(meaning).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
});
