import { basename, join } from 'node:path';
import { z } from 'zod';
import { type StoreRecord, storeRecordShape } from '../connect/store-record.js';
import { journalLine, readJournalLines } from './journal-line.js';
import { untrusted } from './state-errors.js';
import { diskFileSystem, readWhole, type StateFileSystem } from './state-file-system.js';

/** How a run was begun, beside its plan: the contents of `run.json`, one line with a checksum. Holds no secret. */
export interface RunRecord {
  readonly schema: typeof runRecordSchema;
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Version of the program. */
  readonly program: string;
  /** The working directory: relative paths start there, and credentials that were found lie there. */
  readonly folder: string;
  readonly source: StoreRecord;
  readonly target: StoreRecord;
  /** The run whose dead letters this one writes; null for every other run. */
  readonly retries: string | null;
}

export const runRecordSchema = 'datamigrato.run/1';

const maximumBytes = 1024 * 1024;

const shape: z.ZodType<RunRecord> = z.strictObject({
  schema: z.literal(runRecordSchema),
  run: z.string(),
  startedAt: z.iso.datetime(),
  program: z.string(),
  folder: z.string(),
  source: storeRecordShape,
  target: storeRecordShape,
  retries: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .nullable(),
});

/** The text of a record: one line with a checksum, as in a journal. */
export function runRecordText(record: RunRecord): string {
  return Buffer.from(journalLine(record, 0).bytes).toString('utf8');
}

export function runRecordPath(folder: string): string {
  return join(folder, 'run.json');
}

/** The record of the run in a folder. Throws `DM_STATE_UNTRUSTED` where it is missing or not what this program writes. */
export async function readRunRecord(folder: string, fileSystem: StateFileSystem = diskFileSystem): Promise<RunRecord> {
  const path = runRecordPath(folder);
  const bytes = await readWhole(fileSystem, path, maximumBytes);
  if (bytes === undefined) throw untrusted(path, 'it is missing, so that nothing tells how the stores were reached');
  const parsed = shape.safeParse(readJournalLines(bytes, path).contents[0]);
  if (!parsed.success || parsed.data.run !== basename(folder)) throw untrusted(path, 'it is not what was written');
  return parsed.data;
}
