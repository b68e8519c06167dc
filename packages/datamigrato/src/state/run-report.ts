import { join } from 'node:path';
import { lockFromText } from '@datamigrato/core';
import type { MigrationResult } from '../migration.js';
import { untrusted } from './state-errors.js';
import { diskFileSystem, readWhole, type StateFileSystem } from './state-file-system.js';

const maximumBytes = 256 * 1024 * 1024;

/** What `report.json` says of a run that is finished: its result without the lock, which is a file of its own. */
export type RunReport = Omit<MigrationResult, 'lock' | 'wasFinished'>;

/** What a run did that is finished. Throws `DM_STATE_UNTRUSTED` where its report is missing or is not that of this run. */
export async function readRunResult(
  run: { readonly id: string; readonly folder: string; readonly plan: string },
  fileSystem: StateFileSystem = diskFileSystem,
): Promise<MigrationResult> {
  const path = join(run.folder, 'report.json');
  const report = parsed((await readText(fileSystem, path)) ?? '');
  if (!isReport(report) || report.runId !== run.id || report.plan !== run.plan)
    throw untrusted(path, 'it is not what was written when the run was finished');
  const lockPath = join(run.folder, 'mapping.lock.json');
  const lock = await readText(fileSystem, lockPath);
  if (lock === undefined) throw untrusted(lockPath, 'it is missing');
  return {
    ...report,
    catchUp: report.catchUp ?? null,
    runFolder: run.folder,
    lock: lockFromText(lock, lockPath),
    wasFinished: true,
  };
}

async function readText(fileSystem: StateFileSystem, path: string): Promise<string | undefined> {
  return (await readWhole(fileSystem, path, maximumBytes))?.toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isReport(thing: unknown): thing is RunReport {
  return (
    typeof thing === 'object' &&
    thing !== null &&
    'schema' in thing &&
    thing.schema === 'datamigrato.report/1' &&
    'runId' in thing &&
    'plan' in thing &&
    'ledger' in thing &&
    'entities' in thing &&
    Array.isArray(thing.entities)
  );
}
