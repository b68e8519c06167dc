import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { MigrationEvent } from '@datamigrato/core';

/** A named pipe that a process writes its events into: they are seen as they happen, and those of a killed process up to its end. */
export interface EventPipe extends AsyncDisposable {
  readonly path: string;
}

/** Makes a pipe in a folder and listens to it. A line that a kill cut short is left out. */
export async function createEventPipe(folder: string, onEvent: (event: MigrationEvent) => void): Promise<EventPipe> {
  const path = join(folder, `events-${process.hrtime.bigint()}`);
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
  // Open for writing too, so that opening waits for nobody and the pipe does not end with its first writer.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const lines = createInterface({ input: socket });
  lines.on('line', (line) => {
    const event = parsed(line);
    if (event !== undefined) onEvent(event);
  });
  return {
    path,
    async [Symbol.asyncDispose]() {
      lines.close();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      await closed;
    },
  };
}

function parsed(line: string): MigrationEvent | undefined {
  try {
    return JSON.parse(line) as MigrationEvent;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
