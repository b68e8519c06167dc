import type { Leg, LegSample } from './leg/leg-task.js';
import type { LegRunner } from './leg/run-leg.js';
import type { Table } from './report/table.js';

/** Something that can be measured by name. */
export interface Benchmark {
  readonly name: string;
  /** Records where nobody says how many. */
  readonly defaultRecords: number;
  /** What a process of its own can be asked to do. */
  readonly legs: Readonly<Record<string, Leg>>;
  /** Measures in one sitting. */
  run(request: BenchmarkRequest): Promise<BenchmarkOutcome>;
}

/** What a person asked for. */
export interface BenchmarkOptions {
  readonly records: number;
  /** How often everything is measured; each time is a pair of bare copy and pipeline in turn. */
  readonly rounds: number;
  readonly dataSet: string;
  /** Longest time for warming up one server. */
  readonly warmUpSeconds: number;
  /** Folder for processor profiles of the pipeline in the last round, or undefined for none. */
  readonly profileFolder: string | undefined;
}

/** All that a benchmark needs. */
export interface BenchmarkRequest {
  readonly options: BenchmarkOptions;
  readonly runLeg: LegRunner;
  readonly say: (line: string) => void;
}

/** One measurement. */
export interface Measurement {
  readonly round: number;
  readonly leg: string;
  readonly sample: LegSample;
}

/** What came out. */
export interface BenchmarkOutcome {
  /** What was moved, for the head of the table. */
  readonly title: string;
  /** How the figures of the table came to be. */
  readonly method: string;
  readonly records: number;
  /** Programs measured against, with their versions. */
  readonly stores: readonly string[];
  readonly measurements: readonly Measurement[];
  /** The ratios and slopes that matter, by name. */
  readonly summary: Readonly<Record<string, Spread>>;
  readonly table: Table;
  /** Sentences that a reader of the table needs. */
  readonly notes: readonly string[];
}

/** A median with the least and the largest value. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}
