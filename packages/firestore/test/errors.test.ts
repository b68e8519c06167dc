import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isTooLarge, status, statusDetails, translateError } from '../src/errors.js';

/** A failure as the driver throws it, with texts that hold names of documents. */
function failure(code: number, details = 'EntityRef{path=/users/s3cret}'): Error {
  return Object.assign(new Error(`${code} X: ${details}`), { code, details, metadata: { key: 's3cret' } });
}

describe('failures of the service', () => {
  test.each<readonly [keyof typeof status, object]>([
    ['unavailable', { code: 'DM_FIRESTORE_UNAVAILABLE', category: 'transient', retry: 'ambiguous' }],
    ['internal', { code: 'DM_FIRESTORE_UNAVAILABLE', category: 'transient', retry: 'ambiguous' }],
    ['aborted', { code: 'DM_FIRESTORE_UNAVAILABLE', category: 'transient', retry: 'safe' }],
    ['resourceExhausted', { code: 'DM_FIRESTORE_THROTTLED', category: 'transient', retry: 'throttled' }],
    ['deadlineExceeded', { code: 'DM_DEADLINE_EXCEEDED', category: 'transient', retry: 'ambiguous' }],
    ['permissionDenied', { code: 'DM_FIRESTORE_PERMISSION', category: 'endpoint' }],
    ['unauthenticated', { code: 'DM_FIRESTORE_AUTH', category: 'endpoint' }],
    ['notFound', { code: 'DM_FIRESTORE_DATABASE_MISSING', category: 'endpoint' }],
    ['failedPrecondition', { code: 'DM_FIRESTORE_PRECONDITION', category: 'endpoint' }],
    ['invalidArgument', { code: 'DM_FIRESTORE_REFUSED', category: 'endpoint' }],
    ['dataLoss', { code: 'DM_FIRESTORE_REFUSED', category: 'endpoint' }],
  ])('%s', (name, expected) => {
    const error = translateError(failure(status[name]), 'firestore://shop/(default)');
    expect(error).toMatchObject(expected);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
  });

  test('one that is not known is not tried again', () => {
    expect(translateError(failure(99), 'here')).toMatchObject({ code: 'DM_FIRESTORE_REFUSED', category: 'endpoint' });
    expect(translateError(new TypeError('s3cret'), 'here')).toMatchObject({
      code: 'DM_FIRESTORE_DRIVER',
      category: 'internal',
      message: expect.not.stringContaining('s3cret'),
    });
  });

  test('credentials that cannot be fetched are told from those that are refused', () => {
    const plugin = 'Getting metadata from plugin failed with error: ';
    expect(statusDetails(status.unauthenticated, `${plugin}invalid_grant`, 'here').code).toBe('DM_FIRESTORE_AUTH');
    expect(statusDetails(status.unavailable, `${plugin}getaddrinfo ENOTFOUND`, 'here').code).toBe(
      'DM_ENDPOINT_UNREACHABLE',
    );
  });

  test('a request that is too large is told from a service that asks for less', () => {
    expect(isTooLarge(failure(status.resourceExhausted, 'gRPC message exceeds maximum size 4194304: 5'))).toBe(true);
    expect(isTooLarge(failure(status.resourceExhausted, 'Quota exceeded.'))).toBe(false);
  });
});
