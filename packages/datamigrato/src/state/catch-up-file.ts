import { join } from 'node:path';
import type { CatchUpState, CatchUpStore } from '@datamigrato/core';
import { createCheckedFile } from './checked-file.js';
import { diskFileSystem, type StateFileSystem } from './state-file-system.js';

/**
 * How far a run has applied what its source changed since the copy began, in the file `catch-up-state` of its folder.
 *
 * It is there from before the run begins where catching up was asked for, so that its absence says that it was not. One that is not what was written is `DM_STATE_UNTRUSTED`.
 */
export function createCatchUpFile(folder: string, fileSystem: StateFileSystem = diskFileSystem): CatchUpStore {
  return createCheckedFile<CatchUpState>(fileSystem, join(folder, 'catch-up-state'), {
    schema: 'datamigrato.catch-up-state/1',
    maximumBytes: 64 * 1024 * 1024,
  });
}
