import type { Collection } from 'mongodb';
import { type DataSet, recordsPerPage } from '../data/data-set.js';
import { createInFlight } from './in-flight.js';
import { insertDocuments, insertsInFlight, type KeyedDocument } from './mongodb.js';

/** Inserts documents in requests of the best size, the best number of them under way at once. */
interface DocumentInserter {
  /** The items of one page as documents; a page is cut, never joined with the next. */
  insert<Item>(page: readonly Item[], toDocument: (item: Item) => KeyedDocument): Promise<void>;
  /** Waits for what is under way, and tells how many documents there were. */
  finish(): Promise<number>;
}

export function createInserter(collection: Collection<KeyedDocument>, dataSet: DataSet): DocumentInserter {
  const size = recordsPerPage(dataSet, insertDocuments);
  const inFlight = createInFlight(insertsInFlight);
  let records = 0;
  return {
    async insert(page, toDocument) {
      for (let start = 0; start < page.length; start += size) {
        const documents = page.slice(start, start + size).map(toDocument);
        records += documents.length;
        await inFlight.start(() => collection.insertMany(documents, { ordered: false }));
      }
    },
    async finish() {
      await inFlight.finish();
      return records;
    },
  };
}
