import { type Connector, defineConnector, Secret } from '@datamigrato/core';
import { createAdmin } from './admin.js';
import { closeClient, describeEndpoint, type MongodbClient, openClient } from './client.js';
import { codec } from './codec.js';
import { parseConnectionUrl } from './connection-url.js';
import { manifest } from './manifest.js';
import { type MongodbOptions, optionsSchema } from './options.js';
import { createSource } from './source.js';
import { createTarget } from './target.js';

/**
 * Reads and writes MongoDB, and whatever else speaks its protocol.
 *
 * Connection strings are those of the driver, `mongodb://` and `mongodb+srv://`, with the database in the path; `#name` at the end names a collection.
 */
export const mongodbConnector: Connector = defineConnector<MongodbOptions, MongodbClient, Uint8Array>({
  specVersion: 1,
  id: 'mongodb',
  version: '0.1.0',
  schemes: ['mongodb', 'mongodb+srv'],
  options: optionsSchema,
  manifest,
  codec,
  parseUrl: parseConnectionUrl,
  describe: describeEndpoint,
  // Without user and options it is what the endpoint is called.
  secrets: async ({ connection }) =>
    connection instanceof Secret && /[@?]/.test(connection.reveal()) ? [connection.reveal()] : [],
  open: openClient,
  close: closeClient,
  source: createSource,
  target: createTarget,
  admin: createAdmin,
});
