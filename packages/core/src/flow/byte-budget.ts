/** Bounds the bytes that are held at one time, whoever holds them. */
export interface ByteBudget {
  readonly limit: number;
  /** Bytes that were let through and not yet given back. */
  readonly inFlight: number;
  /** The most that was ever in flight. */
  readonly peak: number;
  /**
   * Asks for room: undefined where there is some, else a promise that resolves once there is.
   *
   * First come, first served, so that a large item is never overtaken for ever by small ones. An item larger than the limit goes through alone.
   * Throws or rejects with the signal's reason once the signal is aborted; then nothing was taken.
   */
  acquire(bytes: number, signal: AbortSignal): Promise<void> | undefined;
  /** Gives back exactly what was acquired. Throws a RangeError where more is given back than is in flight. */
  release(bytes: number): void;
}

/** A budget of so many bytes. */
export function createByteBudget(limit: number): ByteBudget {
  if (!(limit > 0)) throw new RangeError('a byte budget is more than nothing');
  return new FirstComeByteBudget(limit);
}

interface Waiter {
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly admit: () => void;
}

class FirstComeByteBudget implements ByteBudget {
  readonly limit: number;
  inFlight = 0;
  peak = 0;
  readonly #waiters = new Set<Waiter>();
  constructor(limit: number) {
    this.limit = limit;
  }

  acquire(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    signal.throwIfAborted();
    if (this.#waiters.size === 0 && this.#hasRoom(bytes)) {
      this.#take(bytes);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
        this.#admitWaiters();
      };
      const waiter: Waiter = {
        bytes,
        signal,
        admit: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  release(bytes: number): void {
    if (bytes > this.inFlight) throw new RangeError('more bytes given back than are in flight');
    this.inFlight -= bytes;
    this.#admitWaiters();
  }

  #admitWaiters(): void {
    for (const waiter of this.#waiters) {
      // Several may wait under one signal; whoever has not heard of its abort yet is about to.
      if (waiter.signal.aborted) continue;
      if (!this.#hasRoom(waiter.bytes)) return;
      this.#waiters.delete(waiter);
      this.#take(waiter.bytes);
      waiter.admit();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.inFlight === 0 || this.inFlight + bytes <= this.limit;
  }

  #take(bytes: number): void {
    this.inFlight += bytes;
    if (this.inFlight > this.peak) this.peak = this.inFlight;
  }
}
