import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { redactedCause } from '../../src/index.js';

class DriverError extends TypeError {
  override readonly name = 'DriverError';
  readonly document = { password: 's3cret' };
}

test('of what a driver threw stay its name, what is said of it and the places in the code', () => {
  const thrown = new DriverError('cannot send\ns3cret', { cause: new Error('s3cret') });
  const cause = redactedCause(thrown, 'code 11');
  expect(inspect(cause, { depth: 10, showHidden: true })).not.toContain('s3cret');
  expect(cause).toMatchObject({ name: 'DriverError', message: 'code 11' });
  expect(cause?.stack).toMatch(/^DriverError: code 11\n\s+at .*redacted-cause\.test/);
  expect(redactedCause(thrown)?.message).toBe('DriverError');
});

test('what is no error leaves nothing', () => {
  expect(redactedCause('s3cret')).toBeUndefined();
});
