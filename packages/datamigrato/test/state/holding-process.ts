import { performance } from 'node:perf_hooks';
import { isDatamigratoError } from '@datamigrato/core';
import { systemRuntime } from '../../src/runtime.js';
import type { Lease } from '../../src/state/run-lock.js';
import { openRunStore } from '../../src/state/run-store.js';
import { checkpoint, films, fingerprint, partitions } from './run-fixture.js';

/** What a process of {@link startHolders} tells: first that it is ready, then once more. */
export type HolderMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'opened'; readonly epoch: number; readonly milliseconds: number }
  | { readonly type: 'refused'; readonly code: string; readonly milliseconds: number }
  /** A first checkpoint is durable. */
  | { readonly type: 'saving' }
  /** How many records the last checkpoint covers that was said to be durable, and what ended the saving. */
  | { readonly type: 'lost'; readonly saved: number; readonly code: string; readonly signal: boolean };

/** What it is told to do. */
export interface HolderOrder {
  readonly folder: string;
  readonly mode: 'create' | 'resume';
  readonly lease: Lease;
  /** Saves one checkpoint after the other until that fails; else it only holds the run. */
  readonly saves: boolean;
}

function tell(message: HolderMessage): void {
  process.send?.(message);
}

function codeOf(error: unknown): string {
  if (isDatamigratoError(error)) return error.code;
  throw error;
}

async function hold({ folder, mode, lease, saves }: HolderOrder): Promise<void> {
  const started = performance.now();
  let store: Awaited<ReturnType<typeof openRunStore>>;
  try {
    store = await openRunStore({ folder, mode, fingerprint, runtime: systemRuntime, lease, compaction: 20_000 });
  } catch (error) {
    tell({ type: 'refused', code: codeOf(error), milliseconds: performance.now() - started });
    return;
  }
  tell({ type: 'opened', epoch: store.epoch, milliseconds: performance.now() - started });
  if (!saves) return;
  let saved = 0;
  try {
    if ((await store.partitions.load(films, films)) === undefined)
      await store.partitions.save(films, films, partitions);
    for (;;) {
      await store.save(checkpoint(0, saved + 1));
      saved += 1;
      if (saved === 1) tell({ type: 'saving' });
    }
  } catch (error) {
    tell({ type: 'lost', saved, code: codeOf(error), signal: store.lost.aborted });
  }
}

process.once('message', (order: HolderOrder) => void hold(order));
// A process whose test is over has nothing to hold any more.
process.once('disconnect', () => process.exit(0));
tell({ type: 'ready' });
