import {
  type Connector,
  type ConnectorDefinition,
  defineConnector,
  type KindSupport,
  type Manifest,
  type ValueKind,
  valueKinds,
} from '@datamigrato/core';
import { createFileAdmin } from './admin.js';
import { fileCodec } from './codec.js';
import { type FileClient, openPath } from './file-client.js';
import type { FileRecord } from './file-record.js';
import { parseFileUrl } from './file-url.js';
import { maximumRecordDepth, maximumTypedBytes } from './limits.js';
import { type FileOptions, fileOptionsSchema } from './options.js';
import { createFileSource } from './source.js';
import { createFileTarget } from './target.js';

const exact = (kind: ValueKind): KindSupport => ({ fidelity: 'exact', as: kind });

const manifest: Manifest = {
  shape: 'document',
  // Complete by construction: an archive holds the typed text of any value.
  values: Object.fromEntries(valueKinds.map((kind) => [kind, exact(kind)])) as Record<ValueKind, KindSupport>,
  keyKinds: valueKinds,
  keyField: null,
  compositeKeys: true,
  limits: {
    batchRecords: 5000,
    batchBytes: 4 * 1024 * 1024,
    recordBytes: maximumTypedBytes,
    fieldBytes: null,
    keyBytes: null,
    depth: maximumRecordDepth,
    concurrentWrites: 4,
  },
  refusals: { recordBytes: ['DM_FILE_RECORD_TOO_LARGE'] },
  names: { fieldBytes: null, entityBytes: null, entityPattern: null, emptyField: true },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'snapshot',
  idempotentWrites: true,
  keepsFieldOrder: true,
};

const definition: ConnectorDefinition<FileOptions, FileClient, FileRecord> = {
  specVersion: 1,
  id: 'file',
  version: '0.1.0',
  schemes: ['file'],
  options: fileOptionsSchema,
  manifest,
  codec: fileCodec,
  parseUrl: parseFileUrl,
  describe: ({ path }) => ({ id: `file:${path}`, notices: [] }),
  open: (options) => openPath(options),
  async close(client) {
    if (client.kind === 'archive') await client.archive.close();
  },
  source: createFileSource,
  target: createFileTarget,
  admin: createFileAdmin,
};

/** Files as a store: reads NDJSON, JSON, MongoDB Extended JSON, mongodump folders, CSV and typed archives, and writes typed archives. */
export const fileConnector: Connector = defineConnector(definition);
