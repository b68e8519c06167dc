import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { HolderMessage, HolderOrder } from './holding-process.js';

/** A process of its own that holds a run, or tries to. */
export interface HolderProcess {
  readonly child: ChildProcess;
  /** Gives the order; resolves to what came of opening the run. */
  order(order: HolderOrder): Promise<HolderMessage>;
  /** The next thing it tells. */
  next(): Promise<HolderMessage>;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts processes that hold runs. */
export interface HolderProcesses extends AsyncDisposable {
  /** Resolves once so many are ready to be ordered. */
  start(count: number): Promise<readonly HolderProcess[]>;
}

/** Puts the program of {@link HolderProcess} into one file, so that a hundred start soon. */
export async function createHolderProcesses(): Promise<HolderProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-holder-'));
  const core = fileURLToPath(new URL('../../../core/src/index.ts', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@datamigrato/core': core } },
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL('./holding-process.ts', import.meta.url)),
      outDir: folder,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'holding-process.mjs' } },
    },
  });
  const started: HolderProcess[] = [];
  return {
    async start(count) {
      const holders = Array.from({ length: count }, () => startHolder(join(folder, 'holding-process.mjs')));
      started.push(...holders);
      await Promise.all(holders.map((holder) => holder.next()));
      return holders;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map((holder) => holder.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function startHolder(program: string): HolderProcess {
  const child = fork(program, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const told: HolderMessage[] = [];
  const waiting: ((message: HolderMessage) => void)[] = [];
  child.on('message', (message: HolderMessage) => {
    const waiter = waiting.shift();
    if (waiter === undefined) told.push(message);
    else waiter(message);
  });
  const next = (): Promise<HolderMessage> => {
    const message = told.shift();
    return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message);
  };
  return {
    child,
    next,
    order(order) {
      child.send(order);
      return next();
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
