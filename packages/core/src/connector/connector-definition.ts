import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Admin } from './admin.js';
import type { CallOptions } from './call-options.js';
import type { Manifest } from './manifest.js';
import type { RecordCodec } from './record-codec.js';
import type { Source } from './source.js';
import type { Target } from './target.js';

/**
 * What a connector author writes: how to reach one kind of store, and what can be done there.
 *
 * - `Options`: what a user must say to reach the store, checked by the schema `options`.
 * - `Client`: an open connection; the author's own type.
 * - `Native`: a record in the form in which the store's driver hands it out and takes it.
 *
 * A member that is absent is a capability that is absent. Retry, pacing, batching, mapping and logging are not an author's concern: core wraps them round a connector.
 */
export interface ConnectorDefinition<Options, Client, Native> {
  readonly specVersion: 1;
  /** Lower-case name, unique among connectors, such as `file`. */
  readonly id: string;
  /** Version of the connector's package. */
  readonly version: string;
  /** Schemes of connection strings that this connector takes, without the colon. */
  readonly schemes: readonly string[];
  readonly options: StandardSchemaV1<unknown, Options>;
  readonly manifest: Manifest;
  readonly codec: RecordCodec<Native>;
  /** The codec of an endpoint with these options, where they decide what a record is made of. Pure. Absent: `codec` is that of every endpoint. */
  codecFor?(options: Options): RecordCodec<Native>;
  /** Raw options from a connection string. Pure: reads no file and opens nothing. Throws `DM_URL_INVALID`-like usage errors. */
  parseUrl(url: string): ParsedUrl;
  /** What may be shown of an endpoint: no user, no password, no query. Pure. */
  describe(options: Options): EndpointDescription;
  /**
   * Everything that the options say, themselves or by the files that they name, which nobody may see: passwords, tokens, keys, connection strings with any of these.
   *
   * Applications keep these texts out of whatever they print. Absent: there is nothing of the kind.
   */
  secrets?(options: Options): Promise<readonly string[]>;
  /** Connects, within the deadline of `call`. Fails rather than hands out a client that cannot reach its store. */
  open(options: Options, call: CallOptions): Promise<Client>;
  /** Releases what `open` made. A client that the user handed in is the user's to close. */
  close(client: Client): Promise<void>;
  source?(client: Client): Source<Native>;
  target?(client: Client): Target<Native>;
  admin?(client: Client): Admin;
}

/** What a connection string said. */
export interface ParsedUrl {
  /** Raw options, still to be checked by the connector's schema. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The entity that the string names, where it names one. */
  readonly entity?: string;
}

/** An endpoint as it may be printed. */
export interface EndpointDescription {
  /** Stable identification of the store and database, such as `file:./dump`. A user repeats it to consent to writing there. */
  readonly id: string;
  /** Things a user should be told about how the endpoint is reached: files found by their usual names, verification switched off. */
  readonly notices: readonly string[];
}
