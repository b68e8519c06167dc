import { open } from 'node:fs/promises';
import type { MigrationEvent, Runtime } from '@datamigrato/core';
import { DatamigratoError } from '@datamigrato/core';
import { eventLine } from '../event-line.js';
import type { Redactor } from '../secret/redactor.js';

/** A file that gets a line for each event. */
export interface EventFile extends AsyncDisposable {
  write(event: MigrationEvent): Promise<void>;
}

/** Where no file was named. */
export const noEventFile: EventFile = {
  async write() {},
  async [Symbol.asyncDispose]() {},
};

/** Begins a file of events anew, private to this user: one {@link eventLine} each. */
export async function createEventFile(path: string, redactor: Redactor, runtime: Runtime): Promise<EventFile> {
  const failed = (cause: unknown): DatamigratoError =>
    new DatamigratoError({
      code: 'DM_EVENTS_UNWRITABLE',
      category: 'usage',
      message: `The file of events ${path} cannot be written`,
      nextStep: 'name a file in a folder that is there and writable with --events',
      cause,
    });
  const file = await open(path, 'w', 0o600).catch((error: unknown) => {
    throw failed(error);
  });
  return {
    async write(event) {
      const line = eventLine(event, runtime.wallClock(), (text) => redactor.redact(text));
      try {
        await file.appendFile(line);
      } catch (error) {
        throw failed(error);
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}
