import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { TestbedError } from './testbed-error.js';

/**
 * Starts the command, tells its process id and later its exit status, and kills it when the input closes: that happens
 * when the owner dies, however it dies. Only this shell reaps the command, so its process id stays valid until "exited".
 */
const guardScript = `
logFile=$1
shift
exec 3<&0 0</dev/null
"$@" 3<&- >>"$logFile" 2>&1 &
command=$!
trap '' PIPE
echo "started $command"
( while read -r word; do :; done <&3; kill -9 "$command" ) >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$command"
echo "exited $?"
kill -9 "$guard" 2>/dev/null
`;

/** A command line without a shell in between. */
export interface Command {
  readonly program: string;
  readonly programArguments: readonly string[];
  /** Added to this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A child process that cannot outlive this one. */
export interface GuardedProcess {
  readonly pid: number;
  /** As a shell tells it (128 + signal number), or `undefined` while the process runs. */
  readonly exitStatus: number | undefined;
  readonly exited: Promise<number>;
  /** Does nothing once the process has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts `command` in `folder`, its output appended to `logFile`. */
export async function startGuardedProcess(command: Command, folder: string, logFile: string): Promise<GuardedProcess> {
  if (process.platform === 'win32') {
    throw new TestbedError('unavailable', 'The testbed guards its servers with /bin/sh, which Windows lacks; use WSL.');
  }
  const script = [
    '-c',
    guardScript,
    'datamigrato-testbed-guard',
    logFile,
    command.program,
    ...command.programArguments,
  ];
  const guard = spawn('/bin/sh', script, {
    cwd: folder,
    env: { ...process.env, ...command.environment },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  let exitStatus: number | undefined;
  let tellExit: (status: number) => void;
  const exited = new Promise<number>((resolve) => {
    tellExit = resolve;
  });
  const pid = await new Promise<number>((resolve, reject) => {
    let known: number | undefined;
    guard.once('error', reject);
    createInterface({ input: guard.stdout }).on('line', (line) => {
      const [word, value] = line.split(' ');
      if (word === 'started') {
        known = Number(value);
        resolve(known);
      } else if (word === 'exited') {
        exitStatus = Number(value);
      }
    });
    guard.once('close', () => {
      // Without a word about the exit the guard itself was killed, and the process may still run.
      if (exitStatus === undefined && known !== undefined) signalIfAlive(known, 'SIGKILL');
      exitStatus ??= 137;
      tellExit(exitStatus);
      reject(new TestbedError('server-failed', `The guard of ${command.program} ended before it started it.`));
    });
  });
  return {
    pid,
    get exitStatus() {
      return exitStatus;
    },
    exited,
    signal(name) {
      // It may have ended without its guard having said so yet.
      if (exitStatus === undefined) signalIfAlive(pid, name);
    },
  };
}

function signalIfAlive(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
