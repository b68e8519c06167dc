import { join } from 'node:path';
import { isDatamigratoError } from '@datamigrato/core';
import { z } from 'zod';
import { journalLine, readJournalLines } from './journal-line.js';
import type { ProcessIdentity } from './process-identity.js';
import { readWhole, type StateFileSystem } from './state-file-system.js';

/** Who has a run in hands, as its process said last: the contents of `holder-<epoch>.json`. */
export interface RunHolder extends ProcessIdentity {
  readonly schema: typeof holderSchema;
  readonly epoch: number;
  /** Goes up with each renewal, so that a clock set back or forward does not make a holder look dead or alive. */
  readonly renewal: number;
  /** Milliseconds since 1970 at the renewal. */
  readonly at: number;
  /** Whether the process let go of the run. */
  readonly released: boolean;
  /** Groups of journal entries known to be durable at the renewal. */
  readonly sequence: number;
}

/** A holder's file. `holder` is undefined where its contents are not what was written: a power failure leaves such files. */
export interface HolderFile {
  readonly epoch: number;
  readonly bytes: Buffer;
  readonly holder: RunHolder | undefined;
}

export const holderSchema = 'datamigrato.holder/1';
const maximumBytes = 64 * 1024;

const shape: z.ZodType<RunHolder> = z.strictObject({
  schema: z.literal(holderSchema),
  pid: z.int().positive(),
  startedAt: z.string().nullable(),
  host: z.string(),
  space: z.string(),
  epoch: z.int().positive(),
  renewal: z.int().nonnegative(),
  at: z.int(),
  released: z.boolean(),
  sequence: z.int().nonnegative(),
});

export function holderPath(folder: string, epoch: number): string {
  return join(folder, `holder-${epoch}.json`);
}

/** The bytes of a holder's file: one line, as in a journal. */
export function holderBytes(holder: RunHolder): Uint8Array {
  return journalLine(holder, 0).bytes;
}

/** The epochs that a folder's names tell of. */
export function holderEpochs(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => {
    const match = /^holder-([1-9][0-9]{0,14})\.json$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** The file of the highest epoch, or undefined where nobody ever had the run. */
export async function newestHolder(fileSystem: StateFileSystem, folder: string): Promise<HolderFile | undefined> {
  // Between listing and reading, the file may have been removed by the holder of a higher epoch.
  for (;;) {
    const epoch = Math.max(0, ...holderEpochs(await fileSystem.list(folder)));
    if (epoch === 0) return undefined;
    const path = holderPath(folder, epoch);
    const bytes = await readWhole(fileSystem, path, maximumBytes);
    if (bytes !== undefined) return { epoch, bytes, holder: holderIn(bytes, path, epoch) };
  }
}

function holderIn(bytes: Buffer, path: string, epoch: number): RunHolder | undefined {
  let contents: readonly unknown[];
  try {
    ({ contents } = readJournalLines(bytes, path));
  } catch (error) {
    if (isDatamigratoError(error)) return undefined;
    throw error;
  }
  const parsed = shape.safeParse(contents[0]);
  return parsed.success && parsed.data.epoch === epoch ? parsed.data : undefined;
}
