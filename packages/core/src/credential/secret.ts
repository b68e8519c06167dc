const inspection = Symbol.for('nodejs.util.inspect.custom');

/** A text that neither printing nor serialising shows: a password, a token, a private key, a connection string. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text, for the driver or the store alone. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspection](): string {
    return this.toString();
  }
}
