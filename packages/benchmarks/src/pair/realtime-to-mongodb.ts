import { recordsPerPage } from '../data/data-set.js';
import { createInFlight } from '../store/in-flight.js';
import {
  insertDocuments,
  insertsInFlight,
  type KeyedDocument,
  mongodbStore,
  openCollection,
} from '../store/mongodb.js';
import { realtimeStore, recordPages } from '../store/realtime.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

/** Pages by `$key`, the next one on its way while the last is inserted. Nothing needs converting: a node is a document without its `_id`. */
const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const size = recordsPerPage(source.dataSet, insertDocuments);
      const inFlight = createInFlight(insertsInFlight);
      let records = 0;
      for await (const page of recordPages(source)) {
        records += page.length;
        for (let start = 0; start < page.length; start += size) {
          const documents = page.slice(start, start + size).map(([_id, node]): KeyedDocument => ({ _id, ...node }));
          await inFlight.start(() => collection.insertMany(documents, { ordered: false }));
        }
      }
      await inFlight.finish();
      return records;
    },
    close: () => client.close(),
  };
};

/** Realtime Database → MongoDB. */
export const realtimeToMongodb = pairBenchmark({
  name: 'realtime-to-mongodb',
  source: realtimeStore,
  target: mongodbStore,
  bareCopies: { 'bare copy': copy },
});
