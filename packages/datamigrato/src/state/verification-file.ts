import { join } from 'node:path';
import type { VerificationState, VerificationStore } from '@datamigrato/core';
import { createCheckedFile } from './checked-file.js';
import { diskFileSystem, type StateFileSystem } from './state-file-system.js';

/** Largest state that is read: one of 65,536 buckets takes 7 MiB. */
const maximumBytes = 256 * 1024 * 1024;

/**
 * How far the comparison of a run has come, in the file `verification-state` of its folder, saved whenever a partition was read.
 *
 * A file that is not what was written is `DM_STATE_UNTRUSTED`, as is one that this program does not know: a comparison that went on from it would prove nothing.
 */
export function createVerificationFile(
  folder: string,
  fileSystem: StateFileSystem = diskFileSystem,
): VerificationStore {
  return createCheckedFile<VerificationState>(fileSystem, join(folder, 'verification-state'), {
    schema: 'datamigrato.verification-state/1',
    maximumBytes,
  });
}
