/**
 * Reads and writes generated files of two sizes, each in a process of its own, and says how far memory peaked above an idle process.
 * The larger size must peak no higher than the smaller one and 64 MiB. Usage, after a build: node scripts/memory.mjs [megabytes]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entityName } from '@datamigrato/core';
import { fileConnector } from '@datamigrato/file';
import { serialize } from 'bson';

const call = { signal: new AbortController().signal, deadline: 60_000 };
const allowedBytes = 64 * 1024 * 1024;

const record = (n) => ({
  _id: n,
  title: `A title of a record ${n}`,
  created: 1_500_000_000_000 + n,
  score: n / 7,
  tags: ['one', 'two', `tag ${n % 100}`],
  address: { street: 'Long Street', number: n % 500, note: 'x'.repeat(n % 200) },
});

const forms = {
  lines: { file: 'x.ndjson', begin: '', join: '\n', end: '\n', one: (n) => JSON.stringify(record(n)) },
  array: { file: 'x.json', begin: '[', join: ',', end: ']', one: (n) => JSON.stringify(record(n)) },
  bson: { file: 'x.bson', begin: '', join: '', end: '', one: (n) => serialize(record(n)) },
  archive: { file: 'archive' },
};

async function generate(path, form, bytes) {
  const file = createWriteStream(path);
  let written = 0;
  file.write(form.begin);
  for (let n = 0; written < bytes; n += 1) {
    if (n > 0 && form.join !== '') file.write(form.join);
    const one = form.one(n);
    written += one.length;
    if (!file.write(one)) await once(file, 'drain');
  }
  file.end(form.end);
  await once(file, 'finish');
}

const open = async (path) => (await fileConnector.configure({ path })).open(call);

async function read(path, options = {}) {
  const endpoint = await (await fileConnector.configure({ path, ...options })).open(call);
  let count = 0;
  for await (const { entity } of endpoint.source().listEntities(call)) {
    const schema = await endpoint.source().inferSchema(entity, { ...call, sampleSize: 1000 });
    const decoder = endpoint.connector.codec.createDecoder(schema);
    for await (const partition of endpoint.source().planPartitions(entity, { ...call, targetCount: 4 })) {
      const batches = endpoint.source().readPartition(partition, { ...call, batchRecords: 1000, batchBytes: 2 ** 20 });
      for await (const { records } of batches) for (const native of records) count += decoder.decode(native).key.length;
    }
  }
  await endpoint.close();
  return count;
}

/** Writes every record twice, so that settling has something to do. */
async function write(path, bytes) {
  const endpoint = await open(path);
  const schema = { entity: entityName('x'), key: [{ name: '_id', role: 'partition' }], fields: [], origin: 'planned' };
  await endpoint.target().prepareEntity(schema, call);
  const encoder = endpoint.connector.codec.createEncoder(schema);
  let count = 0;
  for (let round = 0; round < 2; round += 1) {
    let written = 0;
    for (let n = 0; written < bytes / 2; n += 1000) {
      const batch = Array.from({ length: 1000 }, (_, index) => {
        const { _id, ...fields } = record(n + index);
        return encoder.encode({ key: [_id], fields });
      });
      for (const native of batch) written += encoder.sizeOf(native);
      await endpoint.target().writeBatch(schema.entity, batch, { ...call, mode: 'replace' });
      count += batch.length;
    }
  }
  await endpoint.close();
  return count;
}

const tasks = {
  idle: async () => 0,
  'read lines': (folder) => read(join(folder, forms.lines.file)),
  'read lines, keys of content': (folder) => read(join(folder, forms.lines.file), { generatedKey: 'content' }),
  'read an array': (folder) => read(join(folder, forms.array.file)),
  'read bson': (folder) => read(join(folder, forms.bson.file)),
  'write an archive': (folder, bytes) => write(join(folder, forms.archive.file), bytes),
  'read an archive': (folder) => read(join(folder, forms.archive.file)),
};

async function peakOf(task, folder, bytes) {
  const child = fork(import.meta.filename, ['--task', task, folder, String(bytes)]);
  const [[result]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return result;
}

async function measure(megabytes) {
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-memory-'));
  const bytes = megabytes * 1024 * 1024;
  try {
    for (const form of [forms.lines, forms.array, forms.bson]) await generate(join(folder, form.file), form, bytes);
    const results = new Map();
    for (const task of Object.keys(tasks)) results.set(task, await peakOf(task, folder, bytes));
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main() {
  const large = Number(process.argv[2] ?? 200);
  const small = large / 10;
  const [smallPeaks, largePeaks] = [await measure(small), await measure(large)];
  const idle = largePeaks.get('idle').peak;
  let isBounded = true;
  for (const task of Object.keys(tasks).slice(1)) {
    const over = (peaks) => ((peaks.get(task).peak - idle) / 2 ** 20).toFixed(0).padStart(5);
    const { count, milliseconds, peak } = largePeaks.get(task);
    isBounded &&= peak - smallPeaks.get(task).peak <= allowedBytes;
    const rate = Math.round((count / milliseconds) * 1000).toLocaleString('en');
    console.log(
      `${task.padEnd(30)} ${over(smallPeaks)} MiB at ${small} MB ${over(largePeaks)} MiB at ${large} MB ${rate.padStart(9)} records/s`,
    );
  }
  console.log(isBounded ? 'memory does not grow with the file' : 'memory grows with the file');
  process.exitCode = isBounded ? 0 : 1;
}

if (process.argv[2] === '--task') {
  const [task, folder, bytes] = process.argv.slice(3);
  const begin = performance.now();
  const count = await tasks[task](folder, Number(bytes));
  process.send({ count, milliseconds: performance.now() - begin, peak: process.resourceUsage().maxRSS * 1024 });
} else await main();
