import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../bin/realtime-server.mjs', import.meta.url));

/** The server as a process of its own, started by its command line. */
export interface ServerProcess {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Ends it with a signal and gives its exit code, null where the signal killed it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts the command line and resolves when it says where it listens. `limit` is the most bytes of a file that it may write. */
export async function startProcess(programArguments: readonly string[], limit?: number): Promise<ServerProcess> {
  const command = [process.execPath, bin, '--port', '0', ...programArguments];
  const child =
    limit === undefined
      ? spawn(process.execPath, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
      : // `ulimit -f` counts blocks of 512 bytes.
        spawn('sh', ['-c', `ulimit -f ${limit / 512}; exec "$@"`, 'sh', ...command], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  };
  const line = await firstLine(child);
  const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
  if (url === undefined) {
    await end('SIGKILL');
    throw new Error(`The server did not say where it listens: ${line}`);
  }
  return { url, end };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('The output of the server is not piped.');
  for await (const line of createInterface({ input: stdout })) return line;
  return '';
}
