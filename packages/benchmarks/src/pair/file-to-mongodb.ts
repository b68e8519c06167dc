import { EJSON } from 'bson';
import { recordsPerPage } from '../data/data-set.js';
import { fileStore, linesFile } from '../store/file.js';
import { lineBlocks } from '../store/file-lines.js';
import { createInFlight } from '../store/in-flight.js';
import {
  insertDocuments,
  insertsInFlight,
  type KeyedDocument,
  mongodbStore,
  openCollection,
} from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const size = recordsPerPage(source.dataSet, insertDocuments);
      const inFlight = createInFlight(insertsInFlight);
      let records = 0;
      for await (const lines of lineBlocks(linesFile(source))) {
        for (let start = 0; start < lines.length; start += size) {
          const documents = lines
            .slice(start, start + size)
            .map((line) => EJSON.parse(line, { relaxed: false }) as KeyedDocument);
          records += documents.length;
          await inFlight.start(() => collection.insertMany(documents, { ordered: false }));
        }
      }
      await inFlight.finish();
      return records;
    },
    close: () => client.close(),
  };
};

/** A file of canonical Extended JSON, one document a line → MongoDB. */
export const fileToMongodb = pairBenchmark({
  name: 'file-to-mongodb',
  source: fileStore,
  target: mongodbStore,
  bareCopies: { 'bare copy': copy },
});
