import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { RunningStore } from './benchmark-store.js';

const require = createRequire(import.meta.url);

/** The embedded Realtime Database server, in a process of its own so that its processor time can be told from ours. */
export async function startRealtimeProcess(): Promise<RunningStore> {
  const manifest = require.resolve('@datamigrato/realtime-server/package.json');
  const program = join(dirname(manifest), 'bin/realtime-server.mjs');
  const server = spawn(process.execPath, [program, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the Realtime Database server ended with ${code}`)));
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /at (http:\/\/[^?\s]+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    version: '@datamigrato/realtime-server 0.1.0',
    ...(server.pid !== undefined && { pid: server.pid }),
    async stop() {
      const ended = once(server, 'exit');
      server.kill();
      await ended;
    },
  };
}
