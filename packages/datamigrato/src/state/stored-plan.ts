import { join } from 'node:path';
import { type MigrationPlan, planId } from '@datamigrato/core';
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
  const plan = parsed(bytes.toString('utf8'));
  // The id is the hash of everything else: a plan with the right one is what this program wrote.
  if (!isPlan(plan) || planId(plan) !== plan.id) throw untrusted(path, 'it is not what was written');
  return plan;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isPlan(content: unknown): content is MigrationPlan {
  return (
    typeof content === 'object' && content !== null && 'schema' in content && content.schema === 'datamigrato.plan/1'
  );
}
