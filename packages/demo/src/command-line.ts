import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import { DemoFailure } from './demo-failure.js';
import { countsOf, type EventCounts } from './event-counts.js';

const require = createRequire(import.meta.url);

/** The command line of the package, as a user starts it. */
const executable = join(dirname(require.resolve('datamigrato/package.json')), 'bin', 'datamigrato.mjs');

/** How often the events of a command that is to be killed are looked at. */
const lookEveryMilliseconds = 15;

/** Says each command before it runs, and runs it in a folder as a process of its own. */
export interface CommandLine {
  /** Runs a command to its end; what it prints goes where the demo prints. Throws a {@link DemoFailure} where it ends with another code than the one expected (0). */
  run(words: readonly string[], expectedCode?: number): Promise<EventCounts>;
  /** Runs a command, and gives what it printed on stdout as well. */
  runForText(words: readonly string[]): Promise<string>;
  /** Runs a command until it has written so many records, then kills it with SIGKILL. Throws a {@link DemoFailure} where it ends before. */
  runUntilKilled(words: readonly string[], records: number): Promise<EventCounts>;
}

/** Commands in a folder; they are killed when the signal aborts. */
export function createCommandLine(folder: string, signal: AbortSignal): CommandLine {
  let started = 0;
  const start = (words: readonly string[], stdout: 'inherit' | 'pipe') => {
    process.stdout.write(`\n${styleText('bold', `$ datamigrato ${words.map(quoted).join(' ')}`)}\n`);
    started += 1;
    const events = join(folder, `events-${started}.ndjson`);
    const child = spawn(process.execPath, [executable, ...words], {
      cwd: folder,
      stdio: ['ignore', stdout, 'inherit'],
      env: { ...process.env, DATAMIGRATO_EVENTS_FILE: events },
      signal,
      killSignal: 'SIGKILL',
    });
    return { child, events, ended: endOf(child).finally(showCursor) };
  };
  const requireCode = (words: readonly string[], code: number | null, expected: number): void => {
    if (code !== expected) throw new DemoFailure(`datamigrato ${words[0]} ended with ${code}, not with ${expected}`);
  };
  return {
    async run(words, expectedCode = 0) {
      const { events, ended } = start(words, 'inherit');
      requireCode(words, await ended, expectedCode);
      return countsOf(events);
    },
    async runForText(words) {
      const { child, ended } = start(words, 'pipe');
      if (child.stdout === null) throw new DemoFailure('a process was started without its output');
      const [printed, code] = await Promise.all([text(child.stdout), ended]);
      process.stdout.write(printed);
      requireCode(words, code, 0);
      return printed;
    },
    async runUntilKilled(words, records) {
      const { child, events, ended } = start(words, 'inherit');
      let isOver = false;
      const over = ended.finally(() => {
        isOver = true;
      });
      while (!isOver && (await countsOf(events)).written < records)
        await Promise.race([over, wait(lookEveryMilliseconds)]);
      child.kill('SIGKILL');
      await over;
      if (child.signalCode !== 'SIGKILL') throw new DemoFailure(`datamigrato ${words[0]} ended before it was killed`);
      return countsOf(events);
    },
  };
}

/** The code that a process ended with; null for one that was killed. */
function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}

/** A process that draws bars hides the cursor, and one that is killed cannot bring it back. */
function showCursor(): void {
  if (process.stderr.isTTY) process.stderr.write('\u001B[?25h');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`;
}
