import type { CallOptions } from '@datamigrato/core';
import { deadlineExceeded, translateError } from './errors.js';

/**
 * Runs one request to the server: it ends within the deadline and as soon as the call is aborted, and fails with an error of ours.
 *
 * The signal that `send` gets is aborted in both cases, so that the driver gives the connection up.
 *
 * @param where - For errors: the endpoint as it may be shown, and what is being done there.
 */
export async function request<Result>(
  call: CallOptions,
  where: string,
  send: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  try {
    return await rawRequest(call, where, send);
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, where);
  }
}

/** Like {@link request}, but failures of the driver are thrown as they are. */
export async function rawRequest<Result>(
  call: CallOptions,
  where: string,
  send: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  call.signal.throwIfAborted();
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const stop = (reason: unknown): void => {
      reject(reason);
      own.abort(reason);
    };
    timer = setTimeout(() => stop(deadlineExceeded(where, call.deadline)), call.deadline);
    onAbort = (): void => stop(call.signal.reason);
    call.signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([send(own.signal), stopped]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) call.signal.removeEventListener('abort', onAbort);
  }
}
