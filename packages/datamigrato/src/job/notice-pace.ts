import type { Runtime } from '@datamigrato/core';

/** Milliseconds between two notices of how far something has come. */
const interval = 10_000;

/** Tells whether the next notice is due; a yes counts as said. The first one is due 10 s from now. */
export function noticePace(runtime: Pick<Runtime, 'monotonicNow'>): () => boolean {
  let said = runtime.monotonicNow();
  return () => {
    const now = runtime.monotonicNow();
    if (now - said < interval) return false;
    said = now;
    return true;
  };
}
