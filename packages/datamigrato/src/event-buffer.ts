import type { MigrationEvent } from '@datamigrato/core';

/** Events that wait for a listener before those of the same sort are put together. */
const waitingEvents = 1024;

/**
 * Events between a migration and one who listens at its own pace.
 *
 * A slow listener never holds a migration up and never makes it hold more: once 1,024 events wait, further ones of a partition are put together with the one of their type
 * that already waits (counts and times of batches are added, a checkpoint is replaced by its successor), and a dead record or retry of a code that already waits is left out.
 * What remains grows with the number of entities and partitions alone.
 */
export interface EventBuffer {
  push(event: MigrationEvent): void;
  /** The next event, or undefined when the migration has ended and nothing waits. Rejects where it ended with an error. */
  next(): Promise<MigrationEvent | undefined>;
  /** Ends the stream after what already waits. */
  end(failure?: { readonly error: unknown }): void;
  readonly waiting: number;
}

/** An empty buffer. */
export function createEventBuffer(limit: number = waitingEvents): EventBuffer {
  return new CoalescingBuffer(limit);
}

type Slot = { event: MigrationEvent };

class CoalescingBuffer implements EventBuffer {
  readonly #limit: number;
  #slots: Slot[] = [];
  /** Index of the next slot to hand out; the array is cut now and then rather than shifted each time. */
  #first = 0;
  readonly #byKey = new Map<string, Slot>();
  #ended: { readonly failure?: { readonly error: unknown } } | undefined;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#slots.length - this.#first;
  }

  push(event: MigrationEvent): void {
    const key = keyOf(event);
    const slot = key === undefined ? undefined : this.#byKey.get(key);
    if (slot !== undefined && this.waiting >= this.#limit) {
      slot.event = together(slot.event, event);
      return;
    }
    const added = { event };
    this.#slots.push(added);
    if (key !== undefined) this.#byKey.set(key, added);
    this.#wake?.();
  }

  async next(): Promise<MigrationEvent | undefined> {
    while (this.waiting === 0) {
      if (this.#ended !== undefined) {
        if (this.#ended.failure !== undefined) throw this.#ended.failure.error;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#take();
  }

  end(failure?: { readonly error: unknown }): void {
    this.#ended ??= failure === undefined ? {} : { failure };
    this.#wake?.();
  }

  #take(): MigrationEvent | undefined {
    const slot = this.#slots[this.#first];
    this.#first += 1;
    if (this.#first > 256 && this.#first * 2 > this.#slots.length) {
      this.#slots = this.#slots.slice(this.#first);
      this.#first = 0;
    }
    if (slot === undefined) return undefined;
    const key = keyOf(slot.event);
    if (key !== undefined && this.#byKey.get(key) === slot) this.#byKey.delete(key);
    return slot.event;
  }
}

/** What events have in common that may be put together; undefined for those that all count. */
function keyOf(event: MigrationEvent): string | undefined {
  switch (event.type) {
    case 'batch-checked':
    case 'batch-read':
    case 'batch-written':
    case 'checkpoint-saved':
      return JSON.stringify([event.type, event.source, event.partition]);
    case 'record-dead':
      return JSON.stringify([event.type, event.source, event.stage, event.code]);
    case 'retry-scheduled':
      return JSON.stringify([event.type, event.side, event.code]);
    default:
      return undefined;
  }
}

function together(waiting: MigrationEvent, event: MigrationEvent): MigrationEvent {
  if (waiting.type === 'batch-read' && event.type === 'batch-read') {
    return { ...event, records: waiting.records + event.records, bytes: waiting.bytes + event.bytes };
  }
  if (waiting.type === 'batch-checked' && event.type === 'batch-checked') {
    return { ...event, records: waiting.records + event.records, beyond: waiting.beyond + event.beyond };
  }
  if (waiting.type === 'batch-written' && event.type === 'batch-written') {
    return {
      ...event,
      records: waiting.records + event.records,
      unchanged: waiting.unchanged + event.unchanged,
      failed: waiting.failed + event.failed,
      milliseconds: waiting.milliseconds + event.milliseconds,
    };
  }
  return event;
}
