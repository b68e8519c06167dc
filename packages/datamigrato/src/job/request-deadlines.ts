import type { CallOptions } from '@datamigrato/core';
import type { StartOptions } from './job-options.js';

const defaultConnectDeadline = 10_000;

/** Milliseconds for one request to a store, where nothing is said. */
export const defaultDeadline = 30_000;

/** For connecting, within a deadline of its own. */
export function connectCall(options: Pick<StartOptions, 'connectDeadline'>, signal: AbortSignal): CallOptions {
  return { signal, deadline: options.connectDeadline ?? defaultConnectDeadline };
}
