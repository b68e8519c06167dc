import { generateKeyPairSync } from 'node:crypto';
import { Secret } from '@datamigrato/core';
import { type App, getApps } from 'firebase-admin/app';
import { describe, expect, it } from 'vitest';
import { openTokenSource } from '../src/access-token.js';
import { firebaseRealtimeConnector } from '../src/index.js';

function appWith(getAccessToken: () => Promise<{ access_token: string; expires_in: number }>): App {
  return { name: 'mine', options: { credential: { getAccessToken } } };
}

describe('access tokens', () => {
  it('come from the app that the caller made, which stays', async () => {
    const source = await openTokenSource(
      { by: 'app', app: appWith(async () => ({ access_token: 'ya29.x', expires_in: 3600 })) },
      'here',
    );
    expect(await source.token()).toBe('ya29.x');
    await source.close();
    expect(source.renews).toBe(true);
  });

  it('that Google refuses are told from those that it cannot give now, without its words', async () => {
    const failing = async (text: string): Promise<unknown> => {
      const app = appWith(async () => {
        throw new Error(`${text} canary`);
      });
      const source = await openTokenSource({ by: 'app', app }, 'here');
      return source.token().catch((error: unknown) => error);
    };
    expect(await failing('invalid_grant (Invalid JWT Signature.)')).toMatchObject({
      code: 'DM_REALTIME_AUTH',
      category: 'endpoint',
    });
    const later = await failing('getaddrinfo EAI_AGAIN');
    expect(later).toMatchObject({ code: 'DM_REALTIME_TOKEN', category: 'transient', retry: 'safe' });
    expect(String(later)).not.toContain('canary');
  });

  it('are waited for no longer than a request', async () => {
    const app = appWith(() => new Promise(() => undefined));
    const configured = await firebaseRealtimeConnector.configure({
      referenceUrl: 'https://shop.firebaseio.com',
      app,
      emulator: false,
    });
    const opening = configured.open({ signal: new AbortController().signal, deadline: 50 });
    await expect(opening).rejects.toMatchObject({ code: 'DM_DEADLINE_EXCEEDED' });
  });

  it('of a service account are those of an app of the library, which ends with it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const account = {
      projectId: 'shop',
      clientEmail: 'a@shop.iam.gserviceaccount.com',
      privateKey: new Secret(privateKey),
    };
    const source = await openTokenSource({ by: 'service-account', account }, 'here');
    expect(getApps()).toHaveLength(1);
    await source.close();
    expect(getApps()).toHaveLength(0);
    const broken = {
      ...account,
      privateKey: new Secret('-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n'),
    };
    const error: unknown = await openTokenSource({ by: 'service-account', account: broken }, 'here').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'DM_REALTIME_AUTH' });
    expect(String(error)).not.toContain('canary');
  });
});
