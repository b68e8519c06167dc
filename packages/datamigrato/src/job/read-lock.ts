import { readFile } from 'node:fs/promises';
import { DatamigratoError, lockFromText, type MappingLock } from '@datamigrato/core';

/** The lock itself, or the one in the file that a path names. Throws `DM_LOCK_INVALID`. */
export async function readLock(lock: string | MappingLock): Promise<MappingLock> {
  if (typeof lock !== 'string') return lock;
  let text: string;
  try {
    text = await readFile(lock, 'utf8');
  } catch (error) {
    throw new DatamigratoError({
      code: 'DM_LOCK_INVALID',
      category: 'usage',
      message: `The lock file ${lock} cannot be read`,
      nextStep: 'give the mapping.lock.json that stands beside the report of the earlier migration',
      cause: error,
    });
  }
  return lockFromText(text, lock);
}
