import type { Connector, DataRecord, EntitySchema, RecordKey, Value } from '@datamigrato/core';

/** What a connector's author gives the kit: the connector, and a way to its store that does not go through it. */
export interface ConformanceHarness {
  readonly connector: Connector;
  /**
   * - `network`: the store is reached through sockets. Places then say at which address, and silence and broken connections are tried out.
   * - `local`: files or memory of this machine. Then no socket may ever be opened.
   */
  readonly reach: 'network' | 'local';
  /** For a server that imitates the store and lacks something of it. Absent for the store itself. */
  readonly standIn?: StandIn;
  /**
   * Where the connector's source has `watch`, whether the store of these tests tells of changes.
   *
   * - `told`: it does, and {@link Oracle.change} is there to make some.
   * - `untold`: it does not, as a server of one kind that is set up in another way. That this is said is then tried.
   */
  readonly changes?: 'told' | 'untold';
  /** A place (database, keyspace, folder) for one case; it is disposed of when the case ends. */
  openPlace(need: PlaceNeed): Promise<Place>;
}

/**
 * What an imitation of a store, or one with settings for tests, cannot hold although the store can: cases leave it out, and say so.
 *
 * A case of its own checks that the imitation really lacks it, so that nothing is left out for longer than it has to be.
 */
export interface StandIn {
  /** The imitation's name, for what is printed. */
  readonly name: string;
  lacksValue(value: Value): boolean;
  lacksKey(key: Value): boolean;
  /** Longest name of an entity in bytes, where that is less than the manifest says. */
  readonly entityBytes?: number;
  /** Largest record in bytes, where that is less than the manifest says. */
  readonly recordBytes?: number;
}

/** What a case needs of its place. */
export interface PlaceNeed {
  /** Whether it must be empty and nobody else's, since the case lists or drops all of it. Otherwise one place may serve all cases: entities never share a name. */
  readonly own: boolean;
}

/** Somewhere that entities can be made in. */
export interface Place extends AsyncDisposable {
  /** Raw options with which the connector reaches this place. */
  readonly options: unknown;
  /** Raw options that the connector's schema takes and that lead to nothing: a closed port, a folder inside a file. */
  readonly unreachable: unknown;
  /** Passwords, tokens and the like in these options. They are looked for in everything that may be shown. */
  readonly secrets: readonly string[];
  readonly oracle: Oracle;
  /** Required where `reach` is `network`. */
  readonly network?: NetworkPlace;
}

/** The store's own truth, told by its plain driver and never by the connector. */
export interface Oracle {
  /** Makes an entity of this schema and stores records in it. For tables the schema has the type of each column. */
  seed(schema: EntitySchema, records: readonly DataRecord[]): Promise<void>;
  /** Every record of an entity of this schema as the store has it, in any order. */
  read(schema: EntitySchema): Promise<readonly DataRecord[]>;
  /** How many records there are, or undefined where there is no such entity. */
  count(schema: EntitySchema): Promise<number | undefined>;
  /** Whether {@link seed} can store a record with this key. Absent where it can store every key of the manifest's kinds. */
  takesKey?(key: RecordKey): boolean;
  /** Cursors, scrolls and the like that the store holds open for readers, where it tells. */
  openReadings?(): Promise<number>;
  /** Makes one change of an entity that exists; resolves once the store has made it. Required where changes are told. */
  change?(schema: EntitySchema, change: OracleChange): Promise<void>;
}

/** A record that is stored, whether or not there is one with its key, or the key of one that is deleted. */
export type OracleChange =
  | { readonly type: 'written'; readonly record: DataRecord }
  | { readonly type: 'deleted'; readonly key: RecordKey };

/** How a place is reached through the network. */
export interface NetworkPlace {
  readonly address: NetworkAddress;
  /** The options of the place with another address in them. */
  optionsAt(address: NetworkAddress): unknown;
}

/** Where a server listens. */
export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}
