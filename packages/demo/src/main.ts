import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCommandLine } from './command-line.js';
import { countText, say, sayMore } from './say.js';
import { showMigration, sourceTitle } from './show-migration.js';
import type { DemoStore } from './store/demo-store.js';
import { storeNamed, storeNames } from './stores.js';

/** What is shown where nothing is asked for: it needs nothing but Node. */
const usualPair = 'file,realtime';

/** Where the demonstration works, below the folder that it is started in; it begins empty and stays until the next one. */
const workplace = join('.datamigrato', 'demo');

/** A command line that cannot be understood; the message says why. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

async function main(signal: AbortSignal): Promise<void> {
  const [source, target] = await pairOf(pairText());
  const folder = join(process.cwd(), workplace);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const started = performance.now();
  say(`Datamigrato: ${sourceTitle(source)} → ${target.title}`);
  sayMore(`in ${workplace}, where you could type every command that follows`);
  const onProgress = (line: string): void => void process.stderr.write(`  ${line}\n`);
  await using from = await source.start({ folder, onProgress });
  await using to = await target.start({ folder, onProgress });
  const { records, report } = await showMigration(
    folder,
    createCommandLine(folder, signal),
    { store: source, running: from },
    { store: target, running: to },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  say(`${countText(records)} records there and back, killed once, none lost, none twice, in ${seconds} s`);
  sayMore(`report  ${report}`);
  sayMore(`next    cd ${workplace} && npx datamigrato status`);
}

function pairText(): string {
  try {
    return parseArgs({ options: { with: { type: 'string', default: usualPair } } }).values.with;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function pairOf(text: string): Promise<readonly [DemoStore, DemoStore]> {
  const names = text.split(',').map((name) => name.trim());
  const [source, target] = await Promise.all(names.map(storeNamed));
  if (source !== undefined && target !== undefined && names.length === 2) return [source, target];
  throw new UsageError(`--with takes two of ${storeNames.join(', ')}, such as mongodb,cassandra; not ${text}`);
}

/** Ends the commands that run, and with them the demonstration, when a person or the system wants that. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(name, () => {
      process.exitCode = code;
      interrupted.abort();
    });
  return interrupted.signal;
}

const signal = interruption();
try {
  await main(signal);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  if (!signal.aborted) process.exitCode = isUsage ? 2 : 1;
  process.stderr.write(
    `\n${signal.aborted ? 'the demonstration was interrupted' : isUsage ? message : `✖ the demonstration failed: ${message}`}\n`,
  );
}
