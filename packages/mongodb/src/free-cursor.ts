import { askedAhead, type CallOptions } from '@datamigrato/core';
import type { RunCommandCursor } from 'mongodb';
import { rawRequest } from './request.js';

/** Frees a cursor on the server, where it still is one. After a failure or an abort nobody waits for it: the server may be the one that does not answer. */
export async function freeCursor(
  cursor: RunCommandCursor,
  call: CallOptions,
  where: string,
  failed: boolean,
): Promise<void> {
  const freed = askedAhead(cursor.close());
  if (!failed && !call.signal.aborted) await rawRequest(call, where, () => freed);
}
