/* oxlint-disable unicorn/no-thenable -- awaiting a migration for its report is what its class is for. */
import {
  type CatchUpReport,
  DatamigratoError,
  type EventListener,
  type Ledger,
  type MappingLock,
  type MigrationEvent,
  type MigrationReport,
  type Runtime,
} from '@datamigrato/core';
import { createEventBuffer, type EventBuffer } from './event-buffer.js';
import type { VerificationResult } from './job/verify-job.js';

/** What a migration did, and where it left what belongs to it. */
export interface MigrationResult extends MigrationReport {
  /** Name of the run, such as `2026-11-24-k7mw`. */
  readonly runId: string;
  /** Absolute path of the folder with `plan.json`, `mapping.lock.json`, `report.json` and, where there are any, `dead-letters-<n>.ndjson`. */
  readonly runFolder: string;
  /** What a migration in the other direction takes as `lock` to bring kinds, names and keys back. */
  readonly lock: MappingLock;
  /** Records that could not be written, one line of JSON each; null where all were. */
  readonly deadLetterFile: string | null;
  /** What earlier starts of the run had done; null where this was the first. Counts and digests of the report cover all starts together, its times this one alone. */
  readonly earlier: { readonly startedAt: string; readonly ledger: Ledger } | null;
  /** Whether the run was finished before, so that this call has read and written nothing. */
  readonly wasFinished: boolean;
  /** What catching up with the source did; null where that was not asked for. */
  readonly catchUp: CatchUpReport | null;
  /** What comparing both sides found, where that was asked for. */
  readonly verification?: VerificationResult;
}

/** What a migration under way is given to watch. */
export interface MigrationControl {
  /** Reading ends; what was read is still written. */
  readonly stop: AbortSignal;
  /** Everything ends at once. */
  readonly abandon: AbortSignal;
  readonly listener: EventListener;
  /** A text without the secrets that are known by now. */
  readonly redact: (text: string) => string;
}

/** What a migration does from beginning to end. */
export type MigrationWork = (control: MigrationControl) => Promise<MigrationResult>;

/** How {@link Migration.abort} ends a migration. */
export interface AbortOptions {
  /** Milliseconds that records already read may take to be written. Default: 10,000; 0 ends everything at once. */
  readonly drain?: number;
}

/**
 * A migration under way: await it for its report, loop over it for its events, abort it.
 *
 * It runs whether anybody watches or not. Leaving a loop ends the listening, not the migration. A failure reaches everyone who awaits or loops;
 * where nobody does either, it is an unhandled rejection like that of any promise.
 *
 * @example
 * ```ts
 * const migration = new Datamigrato().migrate({ from: 'file:./dump', to: 'mongodb://localhost/shop' });
 * for await (const event of migration) if (event.type === 'batch-written') console.log(event.source, event.records);
 * const report = await migration;
 * ```
 */
export interface Migration extends PromiseLike<MigrationResult>, AsyncIterable<MigrationEvent> {
  /** Stops reading and resolves nothing: the migration itself then rejects with `DM_INTERRUPTED`, unless it was done already. Calling again with a shorter drain shortens it. */
  abort(options?: AbortOptions): void;
}

/** How long an interrupted migration may still write what it has read, if nothing else is said: 10 s. */
const defaultDrain = 10_000;

/** What a migration is started with. */
export interface StartOptions extends Pick<MigrationControl, 'redact'> {
  readonly runtime: Runtime;
  /** Aborts it as {@link Migration.abort} does. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts a migration. */
export function startMigration(run: MigrationWork, options: StartOptions): Migration {
  return new RunningMigration(run, options);
}

class RunningMigration implements Migration {
  readonly #outcome: Promise<MigrationResult>;
  readonly #runtime: Runtime;
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  readonly #done = new AbortController();
  /** What happened before the first listener came; it gets this buffer. */
  #early: EventBuffer | undefined = createEventBuffer();
  readonly #buffers = new Set<EventBuffer>();
  #ended: { readonly failure?: { readonly error: unknown } } | undefined;

  constructor(run: MigrationWork, options: StartOptions) {
    this.#runtime = options.runtime;
    if (this.#early !== undefined) this.#buffers.add(this.#early);
    const { signal, redact } = options;
    const onAbort = (): void => this.abort();
    if (signal?.aborted) this.abort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    this.#outcome = this.#supervise(run, redact).finally(() => signal?.removeEventListener('abort', onAbort));
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a migration for its report is what this class is for.
  then<Fulfilled = MigrationResult, Rejected = never>(
    onFulfilled?: ((result: MigrationResult) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#outcome.then(onFulfilled, onRejected);
  }

  [Symbol.asyncIterator](): AsyncIterator<MigrationEvent, undefined> {
    const buffer = this.#early ?? createEventBuffer();
    this.#early = undefined;
    if (this.#ended === undefined) this.#buffers.add(buffer);
    else buffer.end(this.#ended.failure);
    // Whoever listens hears of a failure at the end of the stream, so that it counts as handled.
    this.#outcome.catch(heardInStream);
    return {
      next: async () => {
        const event = await buffer.next();
        return event === undefined ? { done: true, value: undefined } : { done: false, value: event };
      },
      return: async () => {
        this.#buffers.delete(buffer);
        buffer.end();
        return { done: true, value: undefined };
      },
    };
  }

  abort(options: AbortOptions = {}): void {
    const reason = this.#stop.signal.aborted ? this.#stop.signal.reason : interrupted();
    this.#stop.abort(reason);
    this.#runtime.sleep(options.drain ?? defaultDrain, this.#done.signal).then(
      () => this.#abandon.abort(reason),
      (error: unknown) => {
        // Once the migration has ended there is nothing left to abandon.
        if (!this.#done.signal.aborted) throw error;
      },
    );
  }

  async #supervise(run: MigrationWork, redact: MigrationControl['redact']): Promise<MigrationResult> {
    const listener: EventListener = (event) => {
      for (const buffer of this.#buffers) buffer.push(event);
    };
    try {
      const result = await run({ stop: this.#stop.signal, abandon: this.#abandon.signal, listener, redact });
      this.#end();
      return result;
    } catch (error) {
      this.#end({ error });
      throw error;
    }
  }

  #end(failure?: { readonly error: unknown }): void {
    this.#ended = failure === undefined ? {} : { failure };
    this.#done.abort();
    for (const buffer of this.#buffers) buffer.end(failure);
    this.#buffers.clear();
  }
}

function heardInStream(): void {}

function interrupted(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_INTERRUPTED',
    category: 'usage',
    message: 'The migration was stopped before it was done',
    nextStep: 'run it again: records that are already there are written as they are',
  });
}
