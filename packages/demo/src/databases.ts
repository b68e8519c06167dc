import { copyFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type RealDataName, realDataFile, startByName } from '@datamigrato/testbed';
import { BSON, MongoClient } from 'mongodb';
import { DemoFailure, datamigrato } from './command-line.js';
import { say } from './say.js';

const sets: readonly { readonly name: RealDataName; readonly what: string }[] = [
  { name: 'movies', what: '3,201 movies: titles that are sometimes numbers, names with spaces, no key' },
  { name: 'countries', what: '250 countries: nested documents, maps and arrays' },
];

/** MongoDB → Cassandra → MongoDB on real servers, with real data, and a comparison by the plain driver. */
export async function moveBetweenDatabases(folder: string): Promise<void> {
  const onProgress = (line: string): void => void process.stderr.write(`  ${line}\n`);
  say('starting a MongoDB-protocol server and Apache Cassandra (the first time, they are downloaded)');
  const [mongodb, cassandra] = await startBoth(onProgress);
  try {
    const origin = databaseUrl(mongodb.address.url, 'shop');
    const returned = databaseUrl(mongodb.address.url, 'returned');
    const keyspace = keyspaceUrl(cassandra.address.url);
    say('two real data sets go into MongoDB');
    for (const { name, what } of sets) {
      say(what);
      await copyFile(realDataFile(name), join(folder, `${name}.json`));
      await datamigrato(folder, 'populate', `${name}.json`, origin);
    }
    say('a plan, before anything is written: what becomes of every kind of value');
    await datamigrato(folder, 'plan', origin, keyspace);
    say('MongoDB → Cassandra');
    await datamigrato(folder, 'copy', origin, keyspace);
    const lock = await newestLock(folder);
    say('Cassandra → MongoDB, with the lock file that brings back kinds and keys');
    await datamigrato(folder, 'copy', keyspace, returned, '--lock', lock);
    await compare(mongodb.address.url);
  } finally {
    await Promise.all([mongodb.stop(), cassandra.stop()]);
  }
}

/** Both servers, or none left running. */
async function startBoth(onProgress: (line: string) => void) {
  const [mongodb, cassandra] = await Promise.allSettled([
    startByName('mongodb', { onProgress }),
    startByName('cassandra', { onProgress }),
  ]);
  if (mongodb.status === 'fulfilled' && cassandra.status === 'fulfilled')
    return [mongodb.value, cassandra.value] as const;
  for (const started of [mongodb, cassandra]) if (started.status === 'fulfilled') await started.value.stop();
  throw mongodb.status === 'rejected' ? mongodb.reason : (cassandra as PromiseRejectedResult).reason;
}

function databaseUrl(url: string, database: string): string {
  const [address = '', query] = url.split('?');
  return `${address.replace(/\/[^/]*$/, '')}/${database}${query === undefined ? '' : `?${query}`}`;
}

function keyspaceUrl(url: string): string {
  const [address = '', query] = url.split('?');
  return `${address.replace(/\/$/, '')}/shop?${query === undefined ? '' : `${query}&`}createKeyspace=true`;
}

/** The lock file of the run that ended last. */
async function newestLock(folder: string): Promise<string> {
  const runs = join('.datamigrato', 'runs');
  const locks = (await readdir(join(folder, runs))).map((run) => join(runs, run, 'mapping.lock.json'));
  const ages = await Promise.all(
    locks.map(async (lock) => ({ lock, written: (await stat(join(folder, lock))).mtimeMs })),
  );
  const [newest] = ages.sort((left, right) => right.written - left.written);
  if (newest === undefined) throw new DemoFailure('no run left a lock file');
  return newest.lock;
}

/** Reads both databases with the driver alone, and compares every document by key, value and kind. */
async function compare(url: string): Promise<void> {
  const client = await MongoClient.connect(url);
  try {
    for (const { name } of sets) {
      const left = await documentsOf(client, 'shop', name);
      const right = await documentsOf(client, 'returned', name);
      const different = [...left].filter(([key, text]) => right.get(key) !== text).length;
      say(`${name}: ${left.size} documents left, ${right.size} came back, ${different} differ in value or kind`);
      if (different > 0 || left.size !== right.size || left.size === 0)
        throw new DemoFailure(`${name} did not come back as it left`);
    }
  } finally {
    await client.close();
  }
}

async function documentsOf(
  client: MongoClient,
  database: string,
  collection: string,
): Promise<ReadonlyMap<string, string>> {
  const documents = new Map<string, string>();
  for await (const document of client.db(database).collection(collection).find({}, { promoteValues: false })) {
    const plain = BSON.EJSON.serialize(document, { relaxed: false });
    documents.set(JSON.stringify(plain['_id']), sortedText(plain));
  }
  return documents;
}

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
