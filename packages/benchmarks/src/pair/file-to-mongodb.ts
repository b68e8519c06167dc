import { EJSON } from 'bson';
import { fileStore, linesFile } from '../store/file.js';
import { lineBlocks } from '../store/file-lines.js';
import { createInserter } from '../store/insert-documents.js';
import { type KeyedDocument, mongodbStore, openCollection } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(target.url, target.entity);
  return {
    async run() {
      const inserter = createInserter(collection, source.dataSet);
      for await (const lines of lineBlocks(linesFile(source))) {
        await inserter.insert(lines, (line) => EJSON.parse(line, { relaxed: false }) as KeyedDocument);
      }
      return inserter.finish();
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
