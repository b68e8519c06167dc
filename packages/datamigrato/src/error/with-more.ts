import { DatamigratoError, type ErrorDetails } from '@datamigrato/core';

/** The same error, thrown where it was, with something said otherwise. */
export function withMore(
  error: DatamigratoError,
  more: Partial<Pick<ErrorDetails, 'context' | 'message' | 'nextStep'>>,
): DatamigratoError {
  const { code, category, message, nextStep, retry, retryAfter, context, cause } = error;
  const details: ErrorDetails = {
    code,
    category,
    message,
    context,
    cause,
    ...(nextStep !== undefined && { nextStep }),
    ...(retry !== undefined && { retry }),
    ...(retryAfter !== undefined && { retryAfter }),
  };
  const changed = new DatamigratoError({ ...details, ...more });
  if (error.stack !== undefined) changed.stack = error.stack;
  return changed;
}
