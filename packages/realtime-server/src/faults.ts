import type { Path } from './tree/path.js';

/** A request as it comes in, before anything is done about it. */
export interface IncomingRequest {
  readonly transport: 'rest' | 'websocket';
  readonly namespace: string;
  /** A REST method, or the letters by which the websocket protocol calls an action: `p` put, `m` merge, `g` get, `q` listen … */
  readonly action: string;
  /** Keys of the place that is asked for; empty where a message names none. */
  readonly path: Path;
  /** Bytes of the body or message. */
  readonly bytes: number;
}

/**
 * What a server does instead of answering properly: wait first, end the connection before or after the work is done, never answer,
 * or refuse.
 */
export type Fault =
  | { readonly type: 'delay'; readonly milliseconds: number }
  | { readonly type: 'drop'; readonly when: 'before-work' | 'after-work' }
  | { readonly type: 'stall' }
  | { readonly type: 'refuse'; readonly status: string; readonly httpStatus: number; readonly message: string };

/** Asked for every request; `undefined` lets it pass. */
export type FaultInjector = (request: IncomingRequest) => Fault | undefined;
