import type { RunningStore } from '../store/benchmark-store.js';

/** What a process of its own is asked to do: plain JSON. */
export interface LegTask {
  readonly benchmark: string;
  /** Name of the leg within the benchmark, such as `pipeline`. */
  readonly leg: string;
  readonly dataSet: string;
  readonly records: number;
  /** Where the stores are, by the role that they play. */
  readonly urls: Readonly<Record<string, string>>;
  /** Processes whose processor time is noted, by name. */
  readonly servers: Readonly<Record<string, number>>;
}

/** What one leg took. Seconds and bytes are of the measured part alone: imports, connections and preparation are not in it. */
export interface LegSample {
  readonly records: number;
  readonly seconds: number;
  /** Processor time of the process that did the work, with its compiler and garbage collector. */
  readonly cpuSeconds: number;
  /** Resident memory before the work began. */
  readonly idleBytes: number;
  /** Largest resident memory while it went on. */
  readonly peakBytes: number;
  /** Processor time of each server meanwhile, and of everything else on the machine; empty where the system does not tell. */
  readonly otherCpuSeconds: Readonly<Record<string, number>>;
  /** Figures of the leg's own, such as `planSeconds`. */
  readonly details: Readonly<Record<string, number>>;
}

/** What measured work hands back. */
export interface WorkOutcome {
  readonly records: number;
  readonly details?: Readonly<Record<string, number>>;
}

/** What a leg is given besides its task. */
export interface LegContext {
  readonly task: LegTask;
  /** Measures the work; to be called once. */
  measure(work: () => Promise<WorkOutcome>): Promise<LegSample>;
}

/** Does its preparation, measures its work, and cleans up after itself. */
export type Leg = (context: LegContext) => Promise<LegSample | undefined>;

/** The servers of running stores, as a task names them. */
export function serverPids(stores: Readonly<Record<string, RunningStore>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stores).flatMap(([name, store]) => (store.pid === undefined ? [] : [[name, store.pid]])),
  );
}
