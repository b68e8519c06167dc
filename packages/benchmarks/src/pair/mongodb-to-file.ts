import { EJSON } from 'bson';
import { recordsPerPage } from '../data/data-set.js';
import { fileStore, linesFile } from '../store/file.js';
import { createLineWriter } from '../store/file-lines.js';
import { mongodbStore, openCollection, pageDocuments } from '../store/mongodb.js';
import type { BareCopy } from './bare-copy.js';
import { pairBenchmark } from './pair-benchmark.js';

const copy: BareCopy = async (source, target) => {
  const { client, collection } = await openCollection(source.url, source.entity);
  const writer = await createLineWriter(linesFile(target));
  return {
    async run() {
      const batchSize = recordsPerPage(source.dataSet, pageDocuments);
      // Numbers keep their kinds, as a copy that cannot be read back the same would be none.
      const cursor = collection.find({}, { batchSize, promoteValues: false });
      let records = 0;
      for (let more = cursor.hasNext(); await more; ) {
        const documents = cursor.readBufferedDocuments();
        more = cursor.hasNext();
        records += documents.length;
        for (const document of documents) await writer.write(EJSON.stringify(document, { relaxed: false }));
      }
      await writer.finish();
      return records;
    },
    close: () => client.close(),
  };
};

/** MongoDB → files: the pipeline writes its archive with a digest of every chunk, the bare copy a file of canonical Extended JSON. */
export const mongodbToFile = pairBenchmark({
  name: 'mongodb-to-file',
  source: mongodbStore,
  target: fileStore,
  bareCopies: { 'bare copy': copy },
});
