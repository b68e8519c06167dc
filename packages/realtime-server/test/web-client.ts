import { randomUUID } from 'node:crypto';
import { deleteApp, initializeApp, setLogLevel } from '@firebase/app';
import { connectDatabaseEmulator, type Database, getDatabase } from '@firebase/database';
import type { RealtimeServer } from '../src/index.js';

// Refusals are looked at by the tests; the library would print each of them.
setLogLevel('silent');

/** The unmodified web library on a database of the server, as nobody or as a user; `close` must be called. */
export function openWeb(
  server: RealtimeServer,
  user?: { readonly sub: string; readonly [claim: string]: unknown },
): { readonly database: Database; close(): Promise<void> } {
  const app = initializeApp({ databaseURL: server.databaseUrl(), projectId: 'demo', appId: '1:1:web:1' }, randomUUID());
  const database = getDatabase(app);
  connectDatabaseEmulator(database, server.host, server.port, user === undefined ? {} : { mockUserToken: user });
  return { database, close: () => deleteApp(app) };
}
