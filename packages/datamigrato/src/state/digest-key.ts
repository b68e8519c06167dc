import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { untrusted } from './state-errors.js';
import { readWhole, replaceFile, type StateFileSystem } from './state-file-system.js';

const bytes = 32;

/** Makes the secret key of a run's digests and keeps it in the run's folder, private to this user. */
export async function createDigestKey(fileSystem: StateFileSystem, folder: string): Promise<Uint8Array> {
  const key = new Uint8Array(randomBytes(bytes));
  await replaceFile(fileSystem, digestKeyPath(folder), Buffer.from(`${hexadecimal(key)}\n`), { durable: true });
  return key;
}

/** The key of a run that has begun. Throws `DM_STATE_UNTRUSTED` unless its hash is the one that the journal knows. */
export async function readDigestKey(fileSystem: StateFileSystem, folder: string, hash: string): Promise<Uint8Array> {
  const path = digestKeyPath(folder);
  const text = (await readWhole(fileSystem, path, 1024))?.toString('latin1');
  if (text === undefined) throw untrusted(path, 'it is missing, and the digests of the run cannot go on without it');
  const key = new Uint8Array(Buffer.from(text.slice(0, 2 * bytes), 'hex'));
  if (text !== `${hexadecimal(key)}\n` || digestKeyHash(key) !== hash)
    throw untrusted(path, 'it is not the key that the run began with');
  return key;
}

/** What a journal may know of the key. */
export function digestKeyHash(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex');
}

function digestKeyPath(folder: string): string {
  return join(folder, 'digest-key');
}

function hexadecimal(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}
