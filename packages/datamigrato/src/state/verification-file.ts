import { join } from 'node:path';
import type { VerificationState, VerificationStore } from '@datamigrato/core';
import { journalLine, readJournalLines } from './journal-line.js';
import { untrusted } from './state-errors.js';
import { diskFileSystem, readWhole, replaceFile, type StateFileSystem } from './state-file-system.js';

/** Largest state that is read: one of 65,536 buckets takes 7 MiB. */
const maximumBytes = 256 * 1024 * 1024;

/**
 * How far the comparison of a run has come, in the file `verification-state` of its folder: one line with a checksum, replaced at once whenever a partition was read.
 *
 * A file that is not what was written is `DM_STATE_UNTRUSTED`, as is one that this program does not know: a comparison that went on from it would prove nothing.
 */
export function createVerificationFile(
  folder: string,
  fileSystem: StateFileSystem = diskFileSystem,
): VerificationStore {
  const path = join(folder, 'verification-state');
  return {
    async load() {
      const bytes = await readWhole(fileSystem, path, maximumBytes);
      if (bytes === undefined) return undefined;
      const { contents, torn } = readJournalLines(bytes, path);
      const [state, ...more] = contents;
      if (torn > 0 || more.length > 0 || !isState(state)) throw untrusted(path, 'it is not what was written');
      return state;
    },
    save: (state) => replaceFile(fileSystem, path, journalLine(state, 0).bytes, { durable: true }),
    clear: () => fileSystem.remove(path),
  };
}

function isState(content: unknown): content is VerificationState {
  return (
    typeof content === 'object' &&
    content !== null &&
    'schema' in content &&
    content.schema === 'datamigrato.verification-state/1'
  );
}
