import { addLedgers, emptyLedger, type Ledger } from '../checkpoint/checkpoint.js';
import type { Json } from '../connector/call-options.js';
import type { RecordDigest } from '../value/record-digest.js';
import type { TakenKeys } from './keys-under-way.js';
import type { Rejection } from './rejection.js';

/** One batch as it was read, on its way to being acknowledged. */
export interface OpenBatch {
  readonly position: Json;
  readonly bytes: number;
  /** Write requests not yet answered. The batch is finished at 0. */
  pending: number;
  ledger: Ledger;
  readonly digest: RecordDigest;
  readonly keys: TakenKeys;
  readonly rejected: Rejection[];
}

/** What is finished of a partition without a gap. */
export interface FinishedPrefix {
  readonly position: Json;
  readonly ledger: Ledger;
  readonly bytes: number;
}

/**
 * Keeps the order of batches while their writes are answered in any order.
 *
 * Only the unbroken run of finished batches counts: a checkpoint is its end, never the furthest that was seen.
 */
export interface Acknowledgements {
  /** Takes a batch, in the order of reading. */
  add(batch: OpenBatch): void;
  /** Takes the batches that have become part of the finished prefix since the last call, in order. */
  advance(): readonly OpenBatch[];
  /** The prefix as of the last `advance`. */
  readonly finished: FinishedPrefix;
  /** Batches that are read and not yet finished, or finished behind an unfinished one. */
  readonly open: readonly OpenBatch[];
}

/** Acknowledgements that go on from what an earlier run finished. */
export function createAcknowledgements(from?: FinishedPrefix): Acknowledgements {
  return new OrderedAcknowledgements(from ?? { position: null, ledger: emptyLedger, bytes: 0 });
}

class OrderedAcknowledgements implements Acknowledgements {
  finished: FinishedPrefix;
  readonly #batches: OpenBatch[] = [];

  constructor(from: FinishedPrefix) {
    this.finished = from;
  }

  get open(): readonly OpenBatch[] {
    return this.#batches;
  }

  add(batch: OpenBatch): void {
    this.#batches.push(batch);
  }

  advance(): readonly OpenBatch[] {
    let count = 0;
    while (this.#batches[count]?.pending === 0) count += 1;
    const batches = this.#batches.splice(0, count);
    for (const batch of batches) {
      this.finished = {
        position: batch.position,
        ledger: addLedgers(this.finished.ledger, batch.ledger),
        bytes: this.finished.bytes + batch.bytes,
      };
    }
    return batches;
  }
}
