import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describeServer, type ServerRecipe, startDatabaseServer } from './database-server.js';
import type { RealtimeAddress, ServerControl } from './server-handle.js';

const require = createRequire(import.meta.url);

/** How to start a server; everything may be left out. */
export interface RealtimeOptions {
  /** Security rules as JSON text. Default: everybody may do everything. */
  readonly rules?: string;
}

/** A Realtime Database server in a process of its own: durable, so that it can be killed and restarted. */
export interface RealtimeServerProcess extends RealtimeAddress, ServerControl {}

/**
 * Starts `@datamigrato/realtime-server` by its command line and resolves when it answers.
 * Tests that need no process of its own start it in theirs, by `startRealtimeServer` of that package.
 */
export async function startRealtime(options: RealtimeOptions = {}): Promise<RealtimeServerProcess> {
  const server = await startDatabaseServer(recipe(options));
  const [port = 0] = server.ports;
  const address = `127.0.0.1:${port}`;
  const url = `rtdb://demo?emulator=${address}`;
  return describeServer(server, { name: 'realtime' as const, url, host: '127.0.0.1', port });
}

function recipe({ rules }: RealtimeOptions): ServerRecipe {
  const manifest = require.resolve('@datamigrato/realtime-server/package.json');
  const bin = join(dirname(manifest), 'bin', 'realtime-server.mjs');
  return {
    title: 'the Realtime Database server',
    purpose: 'realtime',
    ports: 1,
    readyLine: /Realtime Database at/,
    readyWithinMilliseconds: 30_000,
    async command(folder, [port]) {
      const rulesFile = join(folder, 'rules.json');
      if (rules !== undefined) await writeFile(rulesFile, rules);
      const programArguments = [
        ...[bin, '--port', String(port), '--folder', join(folder, 'data')],
        ...(rules === undefined ? [] : ['--rules', rulesFile]),
      ];
      return { program: process.execPath, programArguments };
    },
    async greet([port = 0]) {
      const response = await fetch(`http://127.0.0.1:${port}/.json?ns=demo&shallow=true`, {
        headers: { Authorization: 'Bearer owner' },
      });
      if (!response.ok) throw new Error(`It answers with status ${response.status}.`);
    },
  };
}
