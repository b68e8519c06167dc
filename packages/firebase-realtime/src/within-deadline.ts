import type { CallOptions } from '@datamigrato/core';
import { deadlineExceeded } from './errors.js';

/** The outcome of work that knows nothing of deadlines, unless the deadline or an abort of the call comes first. */
export async function withinDeadline<Result>(work: Promise<Result>, call: CallOptions, where: string): Promise<Result> {
  call.signal.throwIfAborted();
  return await new Promise<Result>((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(deadlineExceeded(where, call.deadline))), call.deadline);
    const onAbort = (): void => end(() => reject(call.signal.reason));
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
      settle();
    };
    call.signal.addEventListener('abort', onAbort, { once: true });
    work.then(
      (result) => end(() => resolve(result)),
      (error) => end(() => reject(error)),
    );
  });
}
