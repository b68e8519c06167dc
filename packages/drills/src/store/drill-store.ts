import type { Connector } from '@datamigrato/core';
import type { DrillRecord } from './drill-record.js';

/** One kind of store as drills use it. A new store is one file that exports this, and a line in `stores.ts`. */
export interface DrillStore {
  readonly name: string;
  readonly connector: Connector;
  /** One in so many requests to read can lose its reply, and reading still gets on: each opening takes several of them. */
  readonly readsForEachLoss: number;
  /** Options of the connector with which reading a drill's records takes many requests, where it otherwise takes so few that none would be met. */
  readonly readsInSmallPages?: Readonly<Record<string, unknown>>;
  /** A partition is read by one request, which is under way before the first write: replies to reads are lost as the run begins, all of them for a while. */
  readonly readsPartitionsWhole?: true;
  /** Its server keeps nothing when it is killed, so that drills never kill it. */
  readonly losesAllWhenKilled?: true;
  start(options: StartOptions): Promise<RunningStore>;
}

/** How a server is started. */
export interface StartOptions {
  /** Whether no acknowledged write is lost when it is killed, and it can be started again; slower. */
  readonly survivesKills: boolean;
}

/** A server that answers, seen by the plain driver. None of this uses a connector. */
export interface RunningStore extends AsyncDisposable {
  readonly store: DrillStore;
  readonly port: number;
  /** SIGKILL; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; resolves when it answers the plain driver. */
  restart(): Promise<void>;
  /** A place for a drill's records, empty. */
  place(name: string): Promise<Place>;
}

/** An entity named `records` in a database of its own. */
export interface Place {
  /** A connection string as the command line takes it; through another port where one is given. */
  url(port?: number): string;
  /** The connector's options for the same place. */
  options(port?: number): Readonly<Record<string, unknown>>;
  /** Writes records `from` to `to`, the latter not included. */
  seed(from: number, to: number): Promise<void>;
  /** Removes a record. */
  remove(id: number): Promise<void>;
  /** Puts a record in the place of the one with its key, or beside the others where there is none. */
  put(record: DrillRecord): Promise<void>;
  /** Every record that is there, once for each time that it is there. */
  read(): AsyncIterable<DrillRecord>;
  /** Whether bytes that a client sent may be a request to read or write records; used to lose the replies to these. */
  carriesRecords(request: Buffer): boolean;
  drop(): Promise<void>;
}

/** The entity's name in every place. */
export const entity = 'records';
