import { createRequire } from 'node:module';
import type { Document } from 'mongodb';

/** The part of the driver's insides that is used here; the driver ships no types for it. */
interface DriverCommands {
  /** Documents of one command argument, sent beside the command's body as they are. */
  readonly DocumentSequence: new (
    field: string,
  ) => {
    /** Appends bytes. `document` serves nothing but the driver's command monitoring. */
    push(document: object, bytes: Uint8Array): number;
  };
}

const commands: DriverCommands = createRequire(import.meta.url)('mongodb/lib/cmap/commands.js');

/**
 * Documents that are BSON already, as an argument of a command.
 *
 * The wire protocol lets the array of an `insert`, `update` or `delete` travel as a sequence of documents beside the command (OP_MSG, section kind 1).
 * The driver does so for its own bulk writes; handing it bytes instead of objects needs its class for such sequences, which is not part of its public interface.
 * That is why this package depends on one exact version of the driver, and takes clients of that version alone. A test fails where the class is not what it was.
 */
export class DocumentSequence {
  readonly #sequence: InstanceType<typeof commands.DocumentSequence>;
  #count = 0;

  /** @param field - The argument's name, such as `documents`. */
  constructor(field: string) {
    this.#sequence = new commands.DocumentSequence(field);
  }

  get count(): number {
    return this.#count;
  }

  /** Appends one document, given as pieces of its bytes. */
  push(...pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#sequence.push(noDocument, piece);
    this.#count += 1;
  }

  /** The argument, for one use in a command: the driver takes it out of the command's object. */
  argument(): object {
    return this.#sequence;
  }
}

/** What the driver's command monitoring would show of a document. */
const noDocument: Document = {};
