import { resolve } from 'node:path';
import { DatamigratoError } from '@datamigrato/core';
import { readRecordedRun } from '../job/recorded-run.js';
import { readRunDocument } from '../report/run-document.js';
import { runPage } from '../report/run-page.js';
import { systemRuntime } from '../runtime.js';
import { findRun } from '../state/list-runs.js';
import { writePrivateFile } from '../state/private-file.js';
import { defaultStateFolder } from '../state/run-folder.js';
import { exitCodes } from './exit-codes.js';
import type { OutputFlags, Session } from './session.js';

/** Flags of `report`. */
export interface ReportFlags extends OutputFlags {
  readonly out?: string;
}

/** `datamigrato report [run]`: what is known of a run as one page of HTML, or with `--json` as one document. Changes nothing else. */
export async function report(session: Session, run: string | undefined, flags: ReportFlags): Promise<number> {
  const { stateFolder = defaultStateFolder, json = false, out } = flags;
  const { id, folder } = await findRun({ stateFolder, runtime: systemRuntime }, run);
  const document = await readRunDocument(await readRecordedRun(stateFolder, id));
  if (json) {
    session.print(JSON.stringify(document, null, 2));
    return exitCodes.done.code;
  }
  const path = resolve(out ?? `${folder}/report.html`);
  try {
    await writePrivateFile(path, session.redactor.redact(runPage(document)));
  } catch (error) {
    throw out === undefined ? error : unwritable(path, error);
  }
  session.print(path);
  return exitCodes.done.code;
}

function unwritable(path: string, cause: unknown): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REPORT_UNWRITABLE',
    category: 'usage',
    message: `The report cannot be written to ${path}`,
    nextStep: 'name a file in a folder that is there and writable with --out',
    cause,
  });
}
