import type { OpenCopy, Place } from '../store/benchmark-store.js';

/** The script that a good engineer would write for one pair with the raw drivers: no checkpoints, no ledger, no digest, no more mapping than the pair forces. */
export type BareCopy = (source: Place, target: Place) => Promise<OpenCopy>;
