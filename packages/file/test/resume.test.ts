import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type DataRecord, type Endpoint, type Json, valueToText } from '@datamigrato/core';
import * as bson from 'bson';
import { describe, expect, it } from 'vitest';
import { failureOf, openFile, readAll, readPart, schemaOf, temporaryFolder, writeRecords } from './harness.js';

const count = 300;
const text = 'é\u2028'.repeat(5);
const documents = Array.from({ length: count }, (_, index) => ({
  _id: index,
  text: `${text}${index}`,
  n: index * 1.5,
}));
const lines = documents.map((document) => `${JSON.stringify(document)}\n`).join('');
const keyless = documents
  .map(({ text }, index) => JSON.stringify({ text: index % 3 === 0 ? 'same' : text }))
  .join('\n');
const bsonBytes = Buffer.concat(documents.map((document) => Buffer.from(bson.serialize(document))));

/** Files of every form, each with the same number of records. */
const files: Readonly<Record<string, readonly [string, string | Buffer, object?]>> = {
  lines: ['x.ndjson', lines],
  'packed lines': ['x.ndjson.gz', gzipSync(lines)],
  'lines without keys': ['x.ndjson', keyless],
  'lines with keys of their place': ['x.ndjson', keyless, { generatedKey: 'position' }],
  array: ['x.json', JSON.stringify(documents)],
  'array inside a document': [
    'x.json',
    JSON.stringify({ before: [1], data: { data: documents, after: 2 } }, undefined, 2),
  ],
  'Extended JSON': [
    'x.json',
    documents.map((document) => bson.EJSON.stringify(document, { relaxed: false })).join('\n'),
  ],
  bson: ['x.bson', bsonBytes],
  'packed bson': ['x.bson.gz', gzipSync(bsonBytes)],
  csv: ['x.csv', `_id,text\n${documents.map(({ _id, text }) => `${_id},"${text}\n"`).join('\n')}`],
};

async function openForm(form: string): Promise<Endpoint> {
  const [name, content, options = {}] = files[form] ?? ['', ''];
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return openFile(path, options);
}

const textOf = ({ key, fields }: DataRecord): string => valueToText([...key, fields]);

/** Reads in small batches, and from every position on: what follows must be what followed. */
async function expectResumable(endpoint: Endpoint, entity: string): Promise<void> {
  const whole = await readAll(endpoint, entity, { targetCount: 3 });
  expect(whole.failures).toEqual([]);
  expect(new Set(whole.records.map(({ key }) => valueToText([...key]))).size).toBe(count);
  for (const partition of whole.partitions) {
    const found = await readPart(endpoint, whole.schema, partition, { batchRecords: 29 });
    const positions = new Map<string, { after: Json; rest: number }>();
    for (const [index, { position }] of found.entries())
      positions.set(JSON.stringify(position), { after: position, rest: index + 1 });
    expect(positions.size).toBeGreaterThan(found.length / 30);
    for (const { after, rest } of positions.values()) {
      const again = await readPart(endpoint, whole.schema, partition, { batchRecords: 41, after });
      expect(again.map(({ record }) => record && textOf(record))).toEqual(
        found.slice(rest).map(({ record }) => record && textOf(record)),
      );
    }
  }
}

describe('reading goes on from every position', () => {
  it.each(Object.keys(files))('%s', async (form) => {
    await expectResumable(await openForm(form), 'x');
  });

  it.each([false, true])('an archive of several chunks (packed: %s)', async (gzip) => {
    const endpoint = await openFile(join(await temporaryFolder(), 'archive'), { gzip, chunkBytes: 4096 });
    const records = documents.map(({ _id, ...fields }) => ({ key: [_id], fields }));
    for (let at = 0; at < count; at += 10) await writeRecords(endpoint, schemaOf('x'), records.slice(at, at + 10));
    await endpoint.close();
    const reopened = await openFile(endpoint.description.id.slice('file:'.length));
    expect((await readAll(reopened, 'x', { targetCount: 3 })).partitions.length).toBeGreaterThanOrEqual(3);
    await expectResumable(reopened, 'x');
  });
});

describe('partitions', () => {
  const large = Array.from({ length: 20_000 }, (_, index) => ({
    _id: index,
    text: `${text.repeat(index % 7)}${index}`,
  }));
  const forms = {
    'x.ndjson': Buffer.from(large.map((document) => `${JSON.stringify(document)}\n`).join('')),
    'x.bson': Buffer.concat(large.map((document) => Buffer.from(bson.serialize(document)))),
  };

  it.each(Object.entries(forms))('of %s are disjoint and complete', async (name, content) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, content);
    const endpoint = await openFile(path);
    for (const targetCount of [1, 2, 4, 100]) {
      const { records, partitions } = await readAll(endpoint, 'x', { targetCount });
      expect(partitions.length).toBe(Math.max(1, Math.min(targetCount, Math.floor(content.length / (256 * 1024)))));
      expect(records.map(({ key }) => key[0])).toEqual(large.map(({ _id }) => _id));
      const ids = partitions.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect((await readAll(endpoint, 'x', { targetCount })).partitions).toEqual(partitions);
    }
  });

  it('of a file that has changed are refused', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'x.ndjson');
    await writeFile(path, lines);
    const endpoint = await openFile(path);
    const { schema, partitions } = await readAll(endpoint, 'x');
    const [partition] = partitions;
    if (partition === undefined) throw new Error('no partition');
    for (const content of [`${lines}{"_id":-1}\n`, lines.replace('"_id":0', '"_id":9')]) {
      await writeFile(path, content);
      expect((await failureOf(readPart(await openFile(path), schema, partition))).code).toBe('DM_FILE_CHANGED');
    }
  });
});

it('reading stops when it is told to', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'in'));
  await writeFile(join(folder, 'in', 'x.ndjson'), lines.repeat(100));
  const endpoint = await openFile(join(folder, 'in', 'x.ndjson'), { generatedKey: 'position' });
  const { partitions } = await readAll(endpoint, 'x');
  const stop = new AbortController();
  const [partition] = partitions;
  if (partition === undefined) throw new Error('no partition');
  const reason = new Error('enough');
  const reading = (async () => {
    for await (const _batch of endpoint
      .source()
      .readPartition(partition, { signal: stop.signal, deadline: 1000, batchRecords: 10, batchBytes: 1000 })) {
      stop.abort(reason);
    }
  })();
  await expect(reading).rejects.toBe(reason);
});
