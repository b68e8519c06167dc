import { createInserter } from '../store/insert-documents.js';
import { type KeyedDocument, mongodbStore, openCollection } from '../store/mongodb.js';
import { realtimeStore, recordPages } from '../store/realtime.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

/** Pages by `$key`, the next one on its way while the last is inserted. Nothing needs converting: a node is a document without its `_id`. */
const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const inserter = createInserter(collection, source.dataSet);
      for await (const page of recordPages(source)) {
        await inserter.insert(page, ([_id, node]): KeyedDocument => ({ _id, ...node }));
      }
      return inserter.finish();
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
