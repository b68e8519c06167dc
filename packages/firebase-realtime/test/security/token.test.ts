import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { firebaseRealtimeConnector } from '../../src/index.js';

const configure = (token: string) =>
  firebaseRealtimeConnector.configure({ referenceUrl: 'https://shop-default-rtdb.firebaseio.com', token });

test.each(['s3cret with spaces', 's3cret\r\nx-evil: 1', 's3creté', 's3cret漢', ''])(
  'S-06 a token that no request can carry is refused before one is made, and not shown: %j',
  async (token) => {
    const error: unknown = await configure(token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'DM_OPTIONS_INVALID', category: 'usage' });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
  },
);

test('S-06 a token is said to be a secret, and shown nowhere else', async () => {
  const configured = await configure('s3cret-token');
  expect(await configured.secrets()).toEqual(['s3cret-token']);
  expect(inspect(configured, { depth: 20, showHidden: true })).not.toContain('s3cret');
});
