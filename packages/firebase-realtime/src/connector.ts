import { type Connector, defineConnector } from '@datamigrato/core';
import { createAdmin } from './admin.js';
import { describeEndpoint, openClient, type RealtimeClient } from './client.js';
import { codec, type RealtimeRecord } from './codec.js';
import { parseConnectionUrl } from './database-address.js';
import { manifest } from './manifest.js';
import { type ConnectionOptions, optionsSchema, secretsOf } from './options.js';
import { createSource } from './source.js';
import { createTarget } from './target.js';

/**
 * Reads and writes Firebase Realtime Database, by its REST interface.
 *
 * An entity is the path of a node whose children are records; connection strings are `rtdb://<database>/<path>`.
 */
export const firebaseRealtimeConnector: Connector = defineConnector<ConnectionOptions, RealtimeClient, RealtimeRecord>({
  specVersion: 1,
  id: 'firebase-realtime',
  version: '0.1.0',
  schemes: ['rtdb'],
  options: optionsSchema,
  manifest,
  codec,
  parseUrl: parseConnectionUrl,
  describe: describeEndpoint,
  secrets: secretsOf,
  open: openClient,
  close: (client) => client.close(),
  source: createSource,
  target: createTarget,
  admin: createAdmin,
});
