/**
 * What a {@link FaultProxy} does to connections.
 *
 * - `reset`: connections end with a TCP reset, new ones as soon as they are made.
 * - `hang`: connections stay open and nothing arrives any more, in either direction. What was sent arrives once the fault is over.
 * - `half-open`: the server's side of each connection is gone, and the client is not told: what it sends is lost, now and after the fault.
 * - `latency`: everything arrives so much later.
 * - `slow`: no more bytes a second pass than this, per connection and direction.
 * - `slice`: everything arrives in pieces of so many bytes, with a pause after each.
 * - `drop-replies`: requests reach the server; of those that `of` picks (default: all), the reply to every `every`-th is lost, and its connection is reset. The request
 *   was applied, and the client cannot know.
 */
export type Fault =
  | { readonly type: 'reset' }
  | { readonly type: 'hang' }
  | { readonly type: 'half-open' }
  | { readonly type: 'latency'; readonly milliseconds: number }
  | { readonly type: 'slow'; readonly bytesPerSecond: number }
  | { readonly type: 'slice'; readonly bytes: number; readonly milliseconds: number }
  | {
      readonly type: 'drop-replies';
      /** 5 loses every fifth reply. Counted over all connections. */
      readonly every: number;
      /** Looks at bytes that came from the client together. */
      readonly of?: (request: Buffer) => boolean;
    };

/** The fault that there is now, and word of every change. */
export class FaultState {
  current: Fault | undefined;
  readonly #listeners = new Set<() => void>();
  #repliesDue = 0;

  change(fault: Fault | undefined): void {
    this.current = fault;
    this.#repliesDue = 0;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls back at every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether the reply to this request is to be lost. */
  losesReplyTo(request: Buffer): boolean {
    const fault = this.current;
    if (fault?.type !== 'drop-replies' || !(fault.of?.(request) ?? true)) return false;
    this.#repliesDue += 1;
    return this.#repliesDue % fault.every === 0;
  }
}
