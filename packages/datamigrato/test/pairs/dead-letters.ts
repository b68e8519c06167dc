import { readFile } from 'node:fs/promises';
import type { MigrationResult } from '../../src/index.js';

/** A line of a dead-letter file, as its documentation says. */
export interface DeadLetterLine {
  readonly stage: string;
  readonly code: string;
  readonly message: string;
  readonly record: { readonly key: string; readonly fields: string } | null;
}

export async function deadLettersOf({ deadLetterFile }: MigrationResult): Promise<readonly DeadLetterLine[]> {
  if (deadLetterFile === null) return [];
  const lines = (await readFile(deadLetterFile, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/** Why each record is missing, with the beginning of its key: nothing where all arrived. */
export async function missingRecords(result: MigrationResult): Promise<readonly string[]> {
  return (await deadLettersOf(result)).map(
    ({ stage, code, message, record }) => `${stage} ${code} ${record?.key.slice(0, 80)}: ${message}`,
  );
}
