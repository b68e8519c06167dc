import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EJSON } from 'bson';
import { availableRecords } from '../data/data-set.js';
import type { BenchmarkStore, Place } from './benchmark-store.js';
import { countLines, createLineWriter, lineBlocks } from './file-lines.js';
import { mongodbDocument } from './mongodb-documents.js';

/**
 * Files in a temporary folder: records to be read are one file of canonical Extended JSON, as `mongoexport --jsonFormat canonical` writes it;
 * the pipeline writes its archive, a bare copy one file of lines.
 */
export const fileStore: BenchmarkStore = {
  name: 'file',
  async start() {
    const folder = await mkdtemp(join(tmpdir(), 'datamigrato-benchmark-'));
    return {
      url: pathToFileURL(folder).href,
      version: 'file',
      stop: () => rm(folder, { recursive: true, force: true }),
    };
  },
  warmUp: async () => 0,
  async fill(place) {
    const writer = await createLineWriter(linesFile(place));
    for (const line of lines(place)) await writer.write(line);
    await writer.finish();
  },
  async clear(place) {
    await rm(linesFile(place), { force: true });
    await rm(archiveFolder(place), { recursive: true, force: true });
  },
  async count(place) {
    const archived = await archiveFiles(place);
    let count = 0;
    for (const path of archived ?? [linesFile(place)]) count += await countLines(path);
    return count;
  },
  openReader: async (place) => ({
    async run() {
      let records = 0;
      for await (const block of lineBlocks(linesFile(place))) records += block.length;
      return records;
    },
    close: async () => {},
  }),
  async openWriter(place) {
    const ready = [...lines(place)];
    const writer = await createLineWriter(linesFile(place));
    return {
      async run() {
        for (const line of ready) await writer.write(line);
        await writer.finish();
        return ready.length;
      },
      close: async () => {},
    };
  },
  async endpoint(place, role) {
    const { fileConnector } = await import('@datamigrato/file');
    if (role === 'source') {
      return {
        connector: fileConnector,
        options: { path: linesFile(place), format: 'extended-json' },
        entity: place.entity,
      };
    }
    const path = archiveFolder(place);
    await mkdir(path, { recursive: true });
    return { connector: fileConnector, options: { path, format: 'archive' }, entity: place.entity };
  },
};

/** The file of lines of a place. */
export function linesFile(place: Place): string {
  return join(fileURLToPath(place.url), `${place.entity}.ndjson`);
}

function archiveFolder(place: Place): string {
  return join(fileURLToPath(place.url), `${place.entity}-archive`);
}

/** The chunks of the archive at a place, or undefined where there is no archive. */
async function archiveFiles(place: Place): Promise<string[] | undefined> {
  const folder = archiveFolder(place);
  try {
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => /\.(ndjson|part)$/.test(name)).map((name) => join(folder, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function* lines(place: Place): Generator<string> {
  const records = availableRecords(place.dataSet, place.records);
  for (let index = 0; index < records; index += 1) {
    yield EJSON.stringify(mongodbDocument(place.dataSet, place.dataSet.row(index)), { relaxed: false });
  }
}
