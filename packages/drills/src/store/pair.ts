import type { DrillStore, RunningStore, StartOptions } from './drill-store.js';
import { storeNamed } from './stores.js';

/** Two stores that run, one to read from and one to write to. */
export interface RunningPair {
  readonly source: RunningStore;
  readonly target: RunningStore;
}

/** The name of a pair, as `--pair` takes it. */
export function pairName({ source, target }: { readonly source: DrillStore; readonly target: DrillStore }): string {
  return `${source.name}-${target.name}`;
}

/** The stores of a pair's name, such as `mongodb-cassandra`. Throws a RangeError where it names none. */
export function pairNamed(name: string): { readonly source: DrillStore; readonly target: DrillStore } {
  const [source = '', target = '', ...more] = name.split('-');
  if (more.length > 0 || target === '') throw new RangeError(`"${name}" is not two stores with a hyphen in between`);
  return { source: storeNamed(source), target: storeNamed(target) };
}

/** Servers that are started when a drill first asks for them, and stopped together. */
export class ServerSet implements AsyncDisposable {
  readonly #running = new Map<string, Promise<RunningStore>>();
  readonly #options: StartOptions;

  constructor(options: StartOptions) {
    this.#options = options;
  }

  async get(store: DrillStore): Promise<RunningStore> {
    const known = this.#running.get(store.name) ?? store.start(this.#options);
    this.#running.set(store.name, known);
    return known;
  }

  /** A pair of two different servers. */
  async pair({ source, target }: { readonly source: DrillStore; readonly target: DrillStore }): Promise<RunningPair> {
    const [from, to] = await Promise.all([this.get(source), this.get(target)]);
    return { source: from, target: to };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const starting of [...this.#running.values()].reverse()) await (await starting)[Symbol.asyncDispose]();
  }
}
