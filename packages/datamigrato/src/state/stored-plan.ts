import { join } from 'node:path';
import { type MigrationPlan, planId } from '@datamigrato/core';
import { hasSchema, parsedJson } from './json-document.js';
import { untrusted } from './state-errors.js';
import { diskFileSystem, readWhole, type StateFileSystem } from './state-file-system.js';

const maximumBytes = 256 * 1024 * 1024;

/** The plan of a run, exactly as it was begun with. Throws `DM_STATE_UNTRUSTED` where it is missing or was changed. */
export async function readStoredPlan(
  folder: string,
  fileSystem: StateFileSystem = diskFileSystem,
): Promise<MigrationPlan> {
  const path = join(folder, 'plan.json');
  const bytes = await readWhole(fileSystem, path, maximumBytes);
  if (bytes === undefined) throw untrusted(path, 'it is missing, so that nothing tells what the run is to do');
  const plan = parsedJson(bytes);
  // The id is the hash of everything else: a plan with the right one is what this program wrote.
  if (!hasSchema<MigrationPlan>(plan, 'datamigrato.plan/1') || planId(plan) !== plan.id)
    throw untrusted(path, 'it is not what was written');
  return plan;
}
