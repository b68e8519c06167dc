import { randomUUID } from 'node:crypto';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { type Database, getDatabase } from 'firebase-admin/database';
import type { RealtimeServer } from '../src/index.js';

/** The unmodified administration library on a database of the server, as its owner or, with `override`, as somebody else. */
export async function withAdmin<Result>(
  server: RealtimeServer,
  work: (database: Database) => Promise<Result>,
  override?: object | null,
): Promise<Result> {
  const client = openAdmin(server, override);
  try {
    return await work(client.database);
  } finally {
    await client.close();
  }
}

/** {@link withAdmin} for several tests; `close` must be called. */
export function openAdmin(
  server: RealtimeServer,
  override?: object | null,
  namespace?: string,
): { readonly database: Database; close(): Promise<void> } {
  // The library reads the variable when a database is first asked for, and keeps what it found.
  process.env['FIREBASE_DATABASE_EMULATOR_HOST'] = `${server.host}:${server.port}`;
  const app = initializeApp(
    {
      databaseURL: server.databaseUrl(namespace),
      projectId: 'demo',
      // For rules the library sends a token of its own credential, even to an emulator.
      credential: { getAccessToken: async () => ({ access_token: 'owner', expires_in: 3600 }) },
      ...(override === undefined ? {} : { databaseAuthVariableOverride: override }),
    },
    randomUUID(),
  );
  const database = getDatabase(app);
  return { database, close: () => deleteApp(app) };
}
