import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/index.js';

test('a secret is shown by nothing but the one call for it', () => {
  const secret = new Secret('s3cret');
  const shown = [String(secret), JSON.stringify({ secret }), inspect({ secret }, { showHidden: true })];
  expect(shown.join()).not.toContain('s3cret');
  expect(structuredClone(secret)).toEqual({});
  expect(secret.reveal()).toBe('s3cret');
});
