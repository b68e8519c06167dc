import { type Connector, defineConnector } from '@datamigrato/core';
import { createAdmin } from './admin.js';
import { describeEndpoint, type FirestoreDatabase, openDatabase } from './client.js';
import { codec, codecWith } from './codec.js';
import { parseConnectionUrl } from './connection-url.js';
import { manifest } from './manifest.js';
import type { NativeDocument } from './native-document.js';
import { type FirestoreOptions, optionsSchema } from './options.js';
import { createSource } from './source.js';
import { createTarget } from './target.js';

/**
 * Reads and writes Cloud Firestore in native mode, and its emulator where that was asked for.
 *
 * Connection strings are `firestore://project/database/collection`; entities are collections, such as `users`, and sub-collections, such as `users/*\/messages`.
 */
export const firestoreConnector: Connector = defineConnector<FirestoreOptions, FirestoreDatabase, NativeDocument>({
  specVersion: 1,
  id: 'firestore',
  version: '0.1.0',
  schemes: ['firestore'],
  options: optionsSchema,
  manifest,
  codec,
  codecFor: ({ embed }) => codecWith(embed),
  parseUrl: parseConnectionUrl,
  describe: describeEndpoint,
  secrets: async ({ access }) => (access.type === 'service-account' ? [access.account.privateKey.reveal()] : []),
  open: openDatabase,
  close: (database) => database.close(),
  source: createSource,
  target: createTarget,
  admin: createAdmin,
});
