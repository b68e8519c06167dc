import { join } from 'node:path';
import type { CatchUpState, CatchUpStore } from '@datamigrato/core';
import { journalLine, readJournalLines } from './journal-line.js';
import { untrusted } from './state-errors.js';
import { diskFileSystem, readWhole, replaceFile, type StateFileSystem } from './state-file-system.js';

const maximumBytes = 64 * 1024 * 1024;

/**
 * How far a run has applied what its source changed since the copy began, in the file `catch-up-state` of its folder: one line with a checksum, replaced at once.
 *
 * It is there from before the run begins where catching up was asked for, so that its absence says that it was not. One that is not what was written is `DM_STATE_UNTRUSTED`.
 */
export function createCatchUpFile(folder: string, fileSystem: StateFileSystem = diskFileSystem): CatchUpStore {
  const path = join(folder, 'catch-up-state');
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
  };
}

function isState(content: unknown): content is CatchUpState {
  return (
    typeof content === 'object' &&
    content !== null &&
    'schema' in content &&
    content.schema === 'datamigrato.catch-up-state/1'
  );
}
