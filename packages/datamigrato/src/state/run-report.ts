import { join } from 'node:path';
import { lockFromText } from '@datamigrato/core';
import type { MigrationResult } from '../migration.js';
import { hasSchema, parsedJson } from './json-document.js';
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
  const bytes = await readWhole(fileSystem, path, maximumBytes);
  const report = bytes === undefined ? undefined : parsedJson(bytes);
  if (!isReport(report) || report.runId !== run.id || report.plan !== run.plan)
    throw untrusted(path, 'it is not what was written when the run was finished');
  const lockPath = join(run.folder, 'mapping.lock.json');
  const lock = await readWhole(fileSystem, lockPath, maximumBytes);
  if (lock === undefined) throw untrusted(lockPath, 'it is missing');
  return {
    ...report,
    catchUp: report.catchUp ?? null,
    runFolder: run.folder,
    lock: lockFromText(lock.toString('utf8'), lockPath),
    wasFinished: true,
  };
}

function isReport(thing: unknown): thing is RunReport {
  return (
    hasSchema<Pick<RunReport, 'schema'>>(thing, 'datamigrato.report/1') &&
    'runId' in thing &&
    'plan' in thing &&
    'ledger' in thing &&
    'entities' in thing &&
    Array.isArray(thing.entities)
  );
}
