import { inspect } from 'node:util';

/** A connection string, which holds a password: neither printing nor serialising this shows it. */
export class ConnectionSecret {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The connection string, for the driver alone. */
  reveal(): string {
    return this.#url;
  }

  toString(): string {
    return '[connection string]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
