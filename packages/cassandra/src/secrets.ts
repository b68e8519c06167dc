import { resolve } from 'node:path';
import { type Credentials, readPemFile, tokenCredentials } from './credentials.js';
import type { ConnectionOptions } from './options.js';
import { readSecureBundle } from './secure-bundle.js';

/**
 * Passwords, tokens and private keys that the options hold or lead to; a client that was handed in keeps its own.
 *
 * @throws DatamigratoError as opening would, where a file cannot be read.
 */
export async function secretsOf(options: ConnectionOptions): Promise<readonly string[]> {
  const { reach, directory } = options;
  switch (reach.by) {
    case 'client':
      return [];
    case 'nodes': {
      const { keyFile } = reach.tls ?? {};
      const key = keyFile === undefined ? undefined : await readPemFile(resolve(directory, keyFile), 'key file');
      return [...passwordOf(reach.credentials), ...(key === undefined ? [] : [key.toString('latin1')])];
    }
    case 'bundle': {
      const { allowAnyBundleHost: allowAnyHost, databaseId } = options;
      const { key } = await readSecureBundle(reach.bundleFile, { allowAnyHost, databaseId });
      const fromToken = reach.token === undefined ? undefined : await tokenCredentials(reach.token);
      return [key.toString('latin1'), ...passwordOf(reach.credentials), ...passwordOf(fromToken)];
    }
  }
}

function passwordOf(credentials: Credentials | undefined): readonly string[] {
  return credentials === undefined ? [] : [credentials.password];
}
