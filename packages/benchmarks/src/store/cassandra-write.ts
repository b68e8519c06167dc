import type { Client } from 'cassandra-driver';
import { createInFlight } from './in-flight.js';

/** Rows in one unlogged batch: 30 rows of 370 bytes stay well below the 50 KiB at which a server refuses a batch. */
const batchRows = 30;
const batchBytes = 20_000;
const batchesInFlight = 16;

/** Single writes under way at once. */
const writesInFlight = 512;

/** Writes rows in unlogged batches, the fastest way into one node or one set of replicas. */
export interface BatchedWriter {
  write(parameters: readonly (readonly unknown[])[]): Promise<void>;
  finish(): Promise<void>;
}

/** A writer of rows of about `rowBytes` bytes. */
export function createBatchedWriter(client: Client, insert: string, rowBytes: number): BatchedWriter {
  const inFlight = createInFlight(batchesInFlight);
  const size = Math.max(1, Math.min(batchRows, Math.floor(batchBytes / rowBytes)));
  return {
    async write(rows) {
      for (let start = 0; start < rows.length; start += size) {
        const queries = rows.slice(start, start + size).map((row) => ({ query: insert, params: [...row] }));
        await inFlight.start(() => client.batch(queries, { prepare: true, logged: false }));
      }
    },
    finish: () => inFlight.finish(),
  };
}

/** Writes rows one by one, many at once, as the driver's manual advises for a cluster. `next` gives a row, a promise of whether there are more, or undefined at the end. */
export async function writeSingly(client: Client, insert: string, rows: RowFeed): Promise<void> {
  const worker = async (): Promise<void> => {
    for (;;) {
      const row = rows.next();
      if (row !== undefined) await client.execute(insert, row, { prepare: true });
      else if (!(await rows.more())) return;
    }
  };
  await Promise.all(Array.from({ length: writesInFlight }, worker));
}

/** Rows for many workers: `next` hands out what is there, `more` waits for the next page and says whether there was one. */
export interface RowFeed {
  next(): unknown[] | undefined;
  more(): Promise<boolean>;
}

/** A feed of pages. */
export function feedOfPages(pages: AsyncIterator<readonly unknown[][]>): RowFeed {
  let page: readonly unknown[][] = [];
  let index = 0;
  let waiting: Promise<boolean> | undefined;
  const fetchPage = async (): Promise<boolean> => {
    const result = await pages.next();
    waiting = undefined;
    if (result.done === true) return false;
    page = result.value;
    index = 0;
    return true;
  };
  return {
    next() {
      const row = page[index];
      index += 1;
      return row;
    },
    async more() {
      if (index < page.length) return true;
      waiting ??= fetchPage();
      return waiting;
    },
  };
}
