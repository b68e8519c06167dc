import type { EntityPreparation, Target } from '@datamigrato/core';
import { keyConflict } from './archive/archive.js';
import { fileError } from './errors.js';
import type { ArchiveClient, FileClient } from './file-client.js';
import type { FileRecord } from './file-record.js';

/** Writes to an archive. Throws `DM_FILE_READ_ONLY` at once where the path holds something else. */
export function createFileTarget(client: FileClient): Target<FileRecord> {
  const { archive } = writable(client);
  return {
    async planEntity(schema, call): Promise<EntityPreparation> {
      call.signal.throwIfAborted();
      const found = archive.find(schema.entity);
      if (found === undefined) {
        return {
          exists: false,
          statements: [`mkdir ${archive.folder}/${schema.entity}`],
          conflicts: [],
          fingerprint: 'absent',
        };
      }
      const conflict = keyConflict(found.schema, schema);
      return {
        exists: true,
        statements: [],
        conflicts: conflict === undefined ? [] : [conflict],
        fingerprint: `key ${JSON.stringify(found.schema.key.map(({ name }) => name))}`,
      };
    },
    async prepareEntity(schema, call) {
      call.signal.throwIfAborted();
      await archive.create(schema);
    },
    async writeBatch(entity, records, call) {
      call.signal.throwIfAborted();
      return archive.write(entity, records.map(lineOf), call.mode);
    },
  };
}

/** The archive to be written to. */
export function writable(client: FileClient): ArchiveClient {
  const { format } = client.options;
  if (client.kind === 'archive' && (format === 'auto' || format === 'archive')) return client;
  const path = client.kind === 'archive' ? client.archive.folder : client.path;
  throw fileError('DM_FILE_READ_ONLY', `${path} is read and never written to: it is not an archive`, {
    context: { path },
  });
}

function lineOf(record: FileRecord): string {
  if (record.form === 'text') return record.text;
  throw fileError('DM_FILE_RECORD_INVALID', 'A record reached the archive without being encoded for it');
}
