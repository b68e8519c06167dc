import type { CallOptions } from '@datamigrato/core';
import { deadlineExceeded } from './errors.js';
import type { MessageReadable } from './stub.js';

/** The messages of an answer, as they come, with a deadline for each wait. Failures of the driver are thrown as they are. */
export class MessageStream<Message> {
  readonly #stream: MessageReadable<Message>;
  readonly #call: CallOptions;
  readonly #where: string;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(stream: MessageReadable<Message>, call: CallOptions, where: string) {
    this.#stream = stream;
    this.#call = call;
    this.#where = where;
    stream.on('readable', () => this.#wake?.());
    stream.on('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    // Stays until the end: giving the stream up is an error to the driver, too.
    stream.on('error', (error: unknown) => {
      this.#failure ??= error;
      this.#wake?.();
    });
  }

  /** What has come by now, at least one message; undefined at the end. */
  async next(): Promise<readonly Message[] | undefined> {
    for (;;) {
      this.#call.signal.throwIfAborted();
      const messages: Message[] = [];
      for (let message = this.#stream.read(); message !== null; message = this.#stream.read()) messages.push(message);
      if (messages.length > 0) return messages;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      await this.#silence();
    }
  }

  /** Gives the rest up; after the end it does nothing. */
  close(): void {
    if (!this.#ended && this.#failure === undefined) this.#stream.cancel();
  }

  #silence(): Promise<void> {
    const { signal, deadline } = this.#call;
    return new Promise<void>((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#wake = undefined;
        action();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const timer = setTimeout(() => settle(() => reject(deadlineExceeded(this.#where, deadline))), deadline);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#wake = () => settle(resolve);
    });
  }
}
