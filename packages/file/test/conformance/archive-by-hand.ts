import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Oracle } from '@datamigrato/connector-testkit';
import {
  type DataRecord,
  type EntitySchema,
  fieldOf,
  isArray,
  isDocument,
  type Value,
  valueFromText,
  valueToText,
} from '@datamigrato/core';

/** What an archive's table of contents says, as far as a reader of files needs it. */
interface Contents {
  readonly format: string;
  readonly version: number;
  readonly entities: readonly EntityContents[];
}

interface EntityContents {
  readonly entity: string;
  readonly folder: string;
  readonly schema: object;
  readonly chunks: readonly {
    readonly name: string;
    readonly records: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly nextChunk: number;
  readonly settled: boolean;
}

/** Reads and writes an archive as a person with `cat`, `sha256sum` and the README would, without any code of this package. */
export function archiveByHand(folder: string): Oracle {
  const contents = async (): Promise<Contents> => {
    if (!existsSync(join(folder, 'manifest.json'))) return { format: 'datamigrato-archive', version: 1, entities: [] };
    return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Contents;
  };
  const recordsOf = async ({ entity }: EntitySchema): Promise<readonly DataRecord[] | undefined> => {
    const found = (await contents()).entities.find((each) => each.entity === entity);
    return found === undefined ? undefined : [...(await lastLines(folder, found)).values()];
  };
  return {
    async seed(schema, records) {
      const before = await contents();
      const name = `seeded_${before.entities.length}`;
      await mkdir(join(folder, name));
      const entity = await writeChunks(join(folder, name), records);
      const entities = [...before.entities, { entity: schema.entity, folder: name, schema, ...entity, settled: true }];
      await writeFile(join(folder, 'manifest.json'), JSON.stringify({ ...before, entities }));
    },
    read: async (schema) => (await recordsOf(schema)) ?? [],
    count: async (schema) => (await recordsOf(schema))?.length,
  };
}

/** Records in several chunks, so that there is something to cut into partitions. */
async function writeChunks(
  folder: string,
  records: readonly DataRecord[],
): Promise<Pick<EntityContents, 'chunks' | 'nextChunk'>> {
  const size = Math.max(1, Math.ceil(records.length / 4));
  const chunks: EntityContents['chunks'][number][] = [];
  for (let start = 0; start < records.length; start += size) {
    const some = records.slice(start, start + size);
    const text = some.map(({ key, fields }) => `${valueToText({ key, fields })}\n`).join('');
    const name = `${String(chunks.length + 1).padStart(6, '0')}.ndjson`;
    await writeFile(join(folder, name), text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    chunks.push({ name, records: some.length, bytes: Buffer.byteLength(text), sha256 });
  }
  return { chunks, nextChunk: chunks.length + 1 };
}

/** The last record of each key: in the chunks that are listed, then in what a writer is still appending to. */
async function lastLines(folder: string, entity: EntityContents): Promise<ReadonlyMap<string, DataRecord>> {
  const path = join(folder, entity.folder);
  const parts = (await readdir(path)).filter((name) => name.endsWith('.part')).sort();
  const records = new Map<string, DataRecord>();
  for (const name of [...entity.chunks.map((chunk) => chunk.name), ...parts]) {
    const text = await readFile(join(path, name), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const value = valueFromText(line);
      const key = keyOf(value);
      const fields = isDocument(value) ? fieldOf(value, 'fields') : undefined;
      if (fields !== undefined && isDocument(fields)) records.set(valueToText([...key]), { key, fields });
      else records.delete(valueToText([...key]));
    }
  }
  return records;
}

function keyOf(line: Value): readonly Value[] {
  const key = isDocument(line) ? fieldOf(line, 'key') : undefined;
  if (key === undefined || !isArray(key)) throw new TypeError('a line of an archive has no key');
  return key;
}
