import type { Checkpoint, CheckpointStore, DeadLetterStore } from '../checkpoint/checkpoint.js';
import type { DeadLetter } from '../checkpoint/dead-letter.js';
import type { Runtime } from '../flow/runtime.js';

/** How often a partition's progress is made durable, whichever comes first. */
export interface CheckpointInterval {
  readonly records: number;
  readonly milliseconds: number;
}

/**
 * Step 7 of a record's way: what is finished is made durable, dead letters before the checkpoint that covers them.
 *
 * One saving at a time for each partition; what comes meanwhile is covered by the next.
 */
export interface CheckpointSaver {
  /** Notes progress. Starts saving when the interval has passed; `letters` are saved with it. */
  progressed(checkpoint: Checkpoint, records: number, letters: readonly DeadLetter[]): void;
  /** Resolves once everything noted is durable, and these letters with it; rejects where a saving failed, now or before. */
  flush(letters?: readonly DeadLetter[]): Promise<void>;
}

/** A saver for one partition. `onSaved` hears of every durable checkpoint, `onFailed` once of a failure. */
export function createCheckpointSaver(options: {
  readonly checkpoints: CheckpointStore;
  readonly deadLetters: DeadLetterStore;
  readonly interval: CheckpointInterval;
  readonly runtime: Runtime;
  readonly onSaved: (checkpoint: Checkpoint) => void;
  readonly onFailed: (error: unknown) => void;
}): CheckpointSaver {
  const { checkpoints, deadLetters, interval, runtime } = options;
  let latest: Checkpoint | undefined;
  let letters: DeadLetter[] = [];
  let records = 0;
  let since = runtime.monotonicNow();
  let saving: Promise<void> | undefined;

  const save = async (): Promise<void> => {
    try {
      do {
        const checkpoint = latest;
        const covered = letters;
        latest = undefined;
        letters = [];
        records = 0;
        since = runtime.monotonicNow();
        if (covered.length > 0) await deadLetters.append(covered);
        if (checkpoint === undefined) continue;
        await checkpoints.save(checkpoint);
        options.onSaved(checkpoint);
      } while (isDue());
      saving = undefined;
    } catch (error) {
      // The saving stays, so that whoever flushes meets the failure too, and nothing is saved after it.
      options.onFailed(error);
      throw error;
    }
  };
  const isDue = (): boolean =>
    letters.length > 0 ||
    (latest !== undefined && (records >= interval.records || runtime.monotonicNow() - since >= interval.milliseconds));
  const start = (): void => {
    saving = save();
    saving.catch(keepForFlush);
  };

  return {
    progressed(checkpoint, more, moreLetters) {
      latest = checkpoint;
      records += more;
      if (moreLetters.length > 0) letters.push(...moreLetters);
      if (saving === undefined && isDue()) start();
    },
    async flush(moreLetters = []) {
      letters.push(...moreLetters);
      while (saving !== undefined || latest !== undefined || letters.length > 0) {
        if (saving === undefined) start();
        await saving;
      }
    },
  };
}

function keepForFlush(): void {}
