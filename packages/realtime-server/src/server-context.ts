import type { Namespaces } from './database/namespaces.js';
import type { FaultInjector } from './faults.js';
import type { RealtimeLimits } from './limits.js';

/** What the transports need to know of the server they belong to. */
export interface ServerContext {
  readonly namespaces: Namespaces;
  readonly limits: RealtimeLimits;
  /** Of requests that name none. */
  readonly defaultNamespace: string;
  readonly ownerToken: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Ends each stream of server-sent events that somebody asked for with a token. */
  readonly expirableStreams: Set<() => void>;
  /** Is told of errors that are no client's doing. */
  readonly report: (error: Error) => void;
  /** The injector of the moment; it may change while the server runs. */
  readonly faults: () => FaultInjector | undefined;
}
