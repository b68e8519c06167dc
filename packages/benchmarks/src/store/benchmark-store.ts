import type { Connector } from '@datamigrato/core';
import type { DataSet } from '../data/data-set.js';

/** One kind of store as benchmarks use it: how to start it, and what a raw driver does to it. A new store is one file that exports this. */
export interface BenchmarkStore {
  readonly name: string;
  /** Starts a server for figures, or makes a folder. */
  start(onProgress: (line: string) => void): Promise<RunningStore>;
  /** Puts load on a fresh server until its speed has settled or `seconds` have passed. Resolves with the seconds taken. */
  warmUp(url: string, seconds: number): Promise<number>;
  /** Writes the source's records. */
  fill(place: Place): Promise<void>;
  /** Removes the entity with its records; one that is not there is no failure. */
  clear(place: Place): Promise<void>;
  /** Counts records one by one. */
  count(place: Place): Promise<number>;
  /** Reads every record with the raw driver and drops it: the read ceiling. */
  openReader(place: Place): Promise<OpenCopy>;
  /** Writes records that were made ready beforehand, as fast as the best concurrency goes: the write ceiling. */
  openWriter(place: Place): Promise<OpenCopy>;
  /** How the pipeline reaches the place, to read from or to write to. */
  endpoint(place: Place, role: 'source' | 'target'): Promise<PipelineEndpoint>;
}

/** A store that answers. */
export interface RunningStore {
  readonly url: string;
  /** What is running, with its version. */
  readonly version: string;
  /** Process of the server, for its processor time; absent for folders. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/** An entity of a store, and the data that it holds or will hold. */
export interface Place {
  readonly url: string;
  readonly entity: string;
  readonly dataSet: DataSet;
  readonly records: number;
}

/** Work that is ready to be measured: connected, prepared, not yet begun. */
export interface OpenCopy {
  /** Does the work once; resolves with the number of records. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** A connector, what its `configure` takes, and the entity's name there. */
export interface PipelineEndpoint {
  readonly connector: Connector;
  readonly options: unknown;
  readonly entity: string;
}
