import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from './free-port.js';
import { createGuardedFolder, type GuardedFolder } from './guarded-folder.js';
import { type Command, type GuardedProcess, startGuardedProcess } from './guarded-process.js';
import type { ServerControl } from './server-handle.js';
import { TestbedError, tailOf } from './testbed-error.js';

const bindFailure = /address already in use|in use by another process|failed to bind/i;
const startAttempts = 4;
const terminationMilliseconds = 20_000;
const pollMilliseconds = 25;

/** How one kind of server is started and recognised as ready. */
export interface ServerRecipe {
  /** For messages, such as `Apache Cassandra 5.0.9`. */
  readonly title: string;
  readonly purpose: string;
  /** How many free ports to take, or the very ports to listen on. */
  readonly ports: number | readonly number[];
  /** Written to the log once the ports are bound; not enough alone, as a server may listen before it can answer. */
  readonly readyLine: RegExp;
  readonly readyWithinMilliseconds: number;
  /** Writes what the server needs into `folder` and gives its command line; called again before every restart. */
  command(folder: string, ports: readonly number[]): Promise<Command>;
  /** Talks to the server; throws as long as it gives no answer. Called repeatedly. */
  greet(ports: readonly number[]): Promise<void>;
}

/** One server process with its ports and its folder. */
export interface DatabaseServer extends ServerControl {
  readonly ports: readonly number[];
  readonly folder: string;
  /** SIGTERM, then waits for the end (SIGKILL after 20 s). The data stay. Gives the exit status. */
  terminate(): Promise<number>;
}

/** Starts a server in a folder of its own on free ports; takes other ports if somebody else was faster. */
export async function startDatabaseServer(recipe: ServerRecipe): Promise<DatabaseServer> {
  for (let attempt = 1; ; attempt += 1) {
    const folder = await createGuardedFolder(recipe.purpose);
    const ports = typeof recipe.ports === 'number' ? await findFreePorts(recipe.ports) : recipe.ports;
    const server = new GuardedServer(recipe, ports, folder);
    try {
      await server.launch();
      return server;
    } catch (error) {
      const log = await server.log();
      await server.stop();
      if (typeof recipe.ports !== 'number' || attempt === startAttempts || !bindFailure.test(log)) throw error;
    }
  }
}

class GuardedServer implements DatabaseServer {
  readonly ports: readonly number[];
  readonly #recipe: ServerRecipe;
  readonly #guardedFolder: GuardedFolder;
  #process: GuardedProcess | undefined;
  #launches = 0;
  #stopped = false;

  constructor(recipe: ServerRecipe, ports: readonly number[], guardedFolder: GuardedFolder) {
    this.#recipe = recipe;
    this.ports = ports;
    this.#guardedFolder = guardedFolder;
  }

  get folder(): string {
    return this.#guardedFolder.path;
  }

  get pid(): number {
    if (this.#process === undefined) throw new TestbedError('usage', `${this.#recipe.title} was never started.`);
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitStatus === undefined;
  }

  async launch(): Promise<void> {
    if (this.#stopped) throw new TestbedError('usage', `${this.#recipe.title} was stopped and its data are deleted.`);
    const command = await this.#recipe.command(this.folder, this.ports);
    this.#launches += 1;
    this.#process = await startGuardedProcess(command, this.folder, this.#logFile(this.#launches));
    await this.#untilReady(this.#process);
  }

  async #untilReady(child: GuardedProcess): Promise<void> {
    const { title, readyLine, readyWithinMilliseconds } = this.#recipe;
    const deadline = performance.now() + readyWithinMilliseconds;
    let isListening = false;
    let lastError: unknown;
    while (performance.now() < deadline) {
      if (child.exitStatus !== undefined) {
        throw await this.#failure(`${title} ended with status ${child.exitStatus} while it was starting.`, lastError);
      }
      isListening ||= readyLine.test(await this.#readLog(this.#launches));
      if (isListening) {
        try {
          await this.#recipe.greet(this.ports);
          return;
        } catch (error) {
          lastError = error;
        }
      }
      await sleep(pollMilliseconds);
    }
    throw await this.#failure(`${title} gave no answer within ${readyWithinMilliseconds / 1000} s.`, lastError);
  }

  async #failure(what: string, cause: unknown): Promise<TestbedError> {
    const reason = cause instanceof Error ? `\nLast answer: ${cause.message}` : '';
    const log = tailOf(await this.#readLog(this.#launches));
    return new TestbedError('server-failed', `${what}${reason}\nEnd of its log:\n${log}`, { cause });
  }

  async terminate(): Promise<number> {
    const child = this.#process;
    if (child === undefined) throw new TestbedError('usage', `${this.#recipe.title} was never started.`);
    child.signal('SIGTERM');
    const patience = new AbortController();
    const killed = sleep(terminationMilliseconds, undefined, { signal: patience.signal }).then(
      () => child.signal('SIGKILL'),
      () => undefined,
    );
    const status = await child.exited;
    patience.abort();
    await killed;
    return status;
  }

  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.exited;
  }

  async restart(): Promise<void> {
    if (this.running) await this.terminate();
    await this.launch();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
    await this.#guardedFolder.remove();
  }

  async log(): Promise<string> {
    const logs: string[] = [];
    for (let launch = 1; launch <= this.#launches; launch += 1) logs.push(await this.#readLog(launch));
    return logs.join('');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #logFile(launch: number): string {
    return join(this.folder, `server-${launch}.log`);
  }

  async #readLog(launch: number): Promise<string> {
    try {
      return await readFile(this.#logFile(launch), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    }
  }
}

/** Adds what is known about a server to what can be done to it. */
export function describeServer<Address extends object>(
  server: DatabaseServer,
  address: Address,
  control: Partial<ServerControl> = {},
): Address & ServerControl {
  const defaults: ServerControl = {
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    kill: () => server.kill(),
    restart: () => server.restart(),
    stop: () => server.stop(),
    log: () => server.log(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
  return Object.assign(defaults, address, control);
}
