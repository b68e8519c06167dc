import { randomBytes } from 'node:crypto';
import type { Credentials } from './server-handle.js';

/** A user with a password that nobody can guess and that needs no escaping in a URL or in CQL. */
export function createCredentials(username: string): Credentials {
  return { username, password: randomBytes(12).toString('hex') };
}
