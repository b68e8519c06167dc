import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { DatamigratoError } from '@datamigrato/core';
import { readCredentialBytes } from './credential-bytes.js';

/** A user name and its password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Largest token file and largest PEM file, in bytes. */
const fileLimit = 64 * 1024;

/** How a token of Astra DB begins. */
const tokenPrefix = 'AstraCS:';

/** Whether a text is a token itself rather than the path of a token file. */
export function isTokenText(text: string): boolean {
  return text.startsWith(tokenPrefix);
}

/**
 * The credentials of a token, or of the token file at this path.
 *
 * @throws DatamigratoError `DM_CASSANDRA_CREDENTIALS_INVALID`.
 */
export async function tokenCredentials(token: string): Promise<Credentials> {
  return isTokenText(token) ? credentialsOfToken(token) : readTokenFile(token);
}

/** The credentials that a token of Astra DB stands for. */
function credentialsOfToken(token: string): Credentials {
  return { username: 'token', password: token };
}

/**
 * The credentials in a token file: JSON with `clientId` and `secret`, or with `token`, as Astra's console offers it.
 *
 * @throws DatamigratoError `DM_CASSANDRA_CREDENTIALS_INVALID`.
 */
export async function readTokenFile(path: string): Promise<Credentials> {
  const bytes = await readCredentialBytes(path, 'token file', fileLimit, 'DM_CASSANDRA_CREDENTIALS_INVALID');
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid(path, 'is not JSON');
  }
  if (typeof content === 'object' && content !== null) {
    const { clientId, secret, token } = content as {
      readonly clientId?: unknown;
      readonly secret?: unknown;
      readonly token?: unknown;
    };
    if (isText(clientId) && isText(secret)) return { username: clientId, password: secret };
    if (isText(token) && isTokenText(token)) return credentialsOfToken(token);
  }
  throw invalid(path, 'has neither "clientId" and "secret" nor a "token"');
}

/** A certificate, a chain of them, or a key, as PEM. */
export async function readPemFile(path: string, what: string): Promise<Buffer> {
  const bytes = await readCredentialBytes(path, what, fileLimit * 16, 'DM_CASSANDRA_CREDENTIALS_INVALID');
  if (!bytes.includes('-----BEGIN ')) throw invalid(path, 'is not PEM');
  return bytes;
}

/** Files in a folder that have the usual name of a bundle (`secure-connect-….zip`) or of a token file (`…-token.json`), sorted. */
export async function findUsualFiles(
  directory: string,
): Promise<{ readonly bundles: readonly string[]; readonly tokens: readonly string[] }> {
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
  return {
    bundles: names.filter((name) => /^secure-connect-.*\.zip$/.test(name)),
    tokens: names.filter((name) => name.endsWith('-token.json')),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function invalid(path: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_CREDENTIALS_INVALID',
    category: 'usage',
    message: `The file ${JSON.stringify(basename(path))} ${why}`,
    nextStep: 'a token file is JSON with "clientId" and "secret", or with "token"; certificates and keys are PEM',
    context: { file: basename(path) },
  });
}
