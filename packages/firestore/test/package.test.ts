import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCatalogue, firestoreConnector } from '../src/index.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('the connector says the version of its package', () => {
  expect(firestoreConnector.version).toBe(manifest.version);
});

test('every explained error says what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^DM_FIRESTORE_[A-Z0-9_]+$/);
    expect(meaning).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
});
