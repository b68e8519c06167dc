import type { CallOptions } from '@datamigrato/core';
import type { Document, RunCommandCursor } from 'mongodb';
import type { MongodbClient } from './client.js';
import { freeCursor } from './free-cursor.js';
import { rawRequest } from './request.js';

/** Bytes of one reply that a scan aims for. A server would send 16 MiB; the driver takes twice the time per byte for replies beyond 2 MiB. */
const replyBytes = 1 << 20;
/** Most documents of one reply. */
const replyDocuments = 10_000;

/** A cursor on the server that hands out documents as bytes, one reply at a time. */
export class Scan {
  readonly #cursor: RunCommandCursor;
  readonly #call: CallOptions;
  readonly #where: string;
  #failed = false;

  /**
   * Nothing is sent before the first {@link next}.
   *
   * @param find - A `find` command.
   */
  constructor(client: MongodbClient, find: Document, call: CallOptions, where: string) {
    this.#cursor = client.database.runCursorCommand(find, { raw: true, readPreference: client.client.readPreference });
    this.#call = call;
    this.#where = where;
  }

  /** The documents of the next reply, all in one piece of memory; undefined at the end. Driver errors are thrown as they are. */
  async next(): Promise<readonly Uint8Array[] | undefined> {
    const more = await this.#hasNext();
    if (!more) return undefined;
    const documents = this.#cursor.readBufferedDocuments() as readonly Uint8Array[];
    let bytes = 0;
    for (const document of documents) bytes += document.byteLength;
    const wanted = Math.floor((replyBytes * documents.length) / Math.max(bytes, 1));
    this.#cursor.setBatchSize(Math.max(1, Math.min(replyDocuments, wanted)));
    return documents;
  }

  /** Frees the cursor on the server. */
  async close(): Promise<void> {
    await freeCursor(this.#cursor, this.#call, this.#where, this.#failed);
  }

  async #hasNext(): Promise<boolean> {
    try {
      return await rawRequest(this.#call, this.#where, () => this.#cursor.hasNext());
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }
}
