import { journalLine, readJournalLines } from './journal-line.js';
import { hasSchema } from './json-document.js';
import { untrusted } from './state-errors.js';
import { readWhole, replaceFile, type StateFileSystem } from './state-file-system.js';

/** A file that holds one document, or is not there. */
export interface CheckedFile<Document> {
  /** Throws `DM_STATE_UNTRUSTED` where the file is not what was written, or of a schema that this program does not know. */
  load(): Promise<Document | undefined>;
  /** Durable once it resolves. */
  save(document: Document): Promise<void>;
  clear(): Promise<void>;
}

/** A file of one line with a checksum, replaced at once. Files of more than `maximumBytes` are not read. */
export function createCheckedFile<Document extends { readonly schema: string }>(
  fileSystem: StateFileSystem,
  path: string,
  { schema, maximumBytes }: { readonly schema: Document['schema']; readonly maximumBytes: number },
): CheckedFile<Document> {
  return {
    async load() {
      const bytes = await readWhole(fileSystem, path, maximumBytes);
      if (bytes === undefined) return undefined;
      const { contents, torn } = readJournalLines(bytes, path);
      const [document, ...more] = contents;
      if (torn > 0 || more.length > 0 || !hasSchema<Document>(document, schema))
        throw untrusted(path, 'it is not what was written');
      return document;
    },
    save: (document) => replaceFile(fileSystem, path, journalLine(document, 0).bytes, { durable: true }),
    clear: () => fileSystem.remove(path),
  };
}
