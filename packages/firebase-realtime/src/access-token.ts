import { randomUUID } from 'node:crypto';
import { DatamigratoError } from '@datamigrato/core';
import type { App } from 'firebase-admin/app';
import type { Access } from './options.js';

/** Gives what requests carry to prove that they are allowed. */
export interface TokenSource {
  /** Whether a token that has expired is followed by another. */
  readonly renews: boolean;
  /** The token to send now; undefined where there is none. */
  token(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Makes the tokens that an access allows. Nothing is asked for before the first one is needed; the library keeps each until shortly before it expires. */
export async function openTokenSource(access: Access, where: string): Promise<TokenSource> {
  switch (access.by) {
    case 'nothing':
      return fixed(undefined);
    case 'token':
      return fixed(access.token.reveal());
    case 'owner':
      return fixed(emulatorOwner);
    case 'app':
      return ofApp(access.app, where, async () => undefined);
    case 'service-account': {
      const { cert, deleteApp, initializeApp } = await import('firebase-admin/app');
      const { projectId, clientEmail, privateKey } = access.account;
      let app: App;
      try {
        app = initializeApp(
          { credential: cert({ projectId, clientEmail, privateKey: privateKey.reveal() }) },
          `datamigrato-${randomUUID()}`,
        );
      } catch {
        // The library's own error is not kept: it may hold the key.
        throw refused(where, 'the private key of the service account is not usable');
      }
      return ofApp(app, where, () => deleteApp(app));
    }
  }
}

/** What every emulator takes for the owner of its databases; no secret. */
const emulatorOwner = 'owner';

function fixed(token: string | undefined): TokenSource {
  return { renews: false, token: async () => token, close: async () => undefined };
}

function ofApp(app: App, where: string, close: () => Promise<void>): TokenSource {
  const { credential } = app.options;
  return {
    renews: true,
    async token() {
      if (credential === undefined) throw refused(where, 'the app of firebase-admin has no credential');
      try {
        return (await credential.getAccessToken()).access_token;
      } catch (error) {
        throw tokenFailure(error, where);
      }
    },
    close,
  };
}

/** Google's answers for an account or key that it does not know, or not any more: https://developers.google.com/identity/protocols/oauth2/service-account#error-codes */
const refusals = /invalid_grant|invalid_client|unauthorized_client|account_disabled|Invalid JWT|account not found/i;

function tokenFailure(error: unknown, where: string): DatamigratoError {
  const text = error instanceof Error ? error.message : '';
  if (refusals.test(text)) return refused(where, 'Google does not accept the service account, or not any more');
  return new DatamigratoError({
    code: 'DM_REALTIME_TOKEN',
    category: 'transient',
    retry: 'safe',
    message: `Google gave no access token for ${where}`,
    nextStep: 'check the connection to oauth2.googleapis.com and the clock of this machine',
  });
}

function refused(where: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_AUTH',
    category: 'endpoint',
    message: `Access to ${where} is not granted: ${why}`,
    nextStep: 'download a new private key in the Firebase console under Project settings, Service accounts',
  });
}
