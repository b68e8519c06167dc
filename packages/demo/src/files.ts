import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realDataRecords } from '@datamigrato/testbed';
import { BSON } from 'mongodb';
import { DemoFailure, datamigrato } from './command-line.js';
import { say } from './say.js';

/** A MongoDB dump → typed archive → another archive, with nothing but Node. */
export async function moveBetweenFiles(folder: string): Promise<void> {
  say('a folder as mongodump leaves it: real movies and countries, and documents of every awkward sort');
  const written = await writeDump(join(folder, 'dump'));
  say('a plan, before anything is written');
  await datamigrato(folder, 'plan', 'file:./dump/shop', 'file:./archive');
  say('dump → typed archive: NDJSON in which every kind survives, with a SHA-256 for each chunk');
  await datamigrato(folder, 'copy', 'file:./dump/shop', 'file:./archive');
  say('archive → archive: what was written can be read');
  await datamigrato(folder, 'copy', 'file:./archive', 'file:./second');
  await compareArchives(folder, written);
}

async function writeDump(dump: string): Promise<ReadonlyMap<string, number>> {
  const shop = join(dump, 'shop');
  await mkdir(shop, { recursive: true });
  const withIds = (records: readonly object[]) =>
    records.map((record, index) => ({ _id: new BSON.ObjectId(index.toString(16).padStart(24, '0')), ...record }));
  const collections = new Map<string, readonly object[]>([
    ['movies', withIds(await realDataRecords('movies'))],
    ['countries', withIds(await realDataRecords('countries'))],
    ['awkward', awkwardDocuments()],
  ]);
  for (const [name, documents] of collections)
    await writeFile(join(shop, `${name}.bson`), Buffer.concat(documents.map((document) => BSON.serialize(document))));
  return new Map([...collections].map(([name, documents]) => [name, documents.length]));
}

function awkwardDocuments(): readonly object[] {
  return [
    {
      _id: 1,
      beyond: BSON.Long.fromString('9007199254740993'),
      price: BSON.Decimal128.fromString('1.00'),
      negativeZero: new BSON.Double(-0),
      none: null,
    },
    {
      _id: '1',
      when: new Date(-1),
      bytes: new BSON.Binary(Buffer.from([0, 255]), 5),
      uuid: new BSON.UUID(),
      nested: [[], [[1, 'a', null]], {}],
    },
    {
      _id: new BSON.Long(2),
      line: 'two\u2028lines',
      pattern: new BSON.BSONRegExp('^a', 'i'),
      ['__proto__']: 'own',
      'a.b': { $x: 1 },
    },
    { _id: { country: 'NL', city: 'Delft' }, text: 'x'.repeat(900_000) },
  ];
}

/** The archives are read line by line, with nothing of the project: as many records as the dump has, and the same ones in both. */
async function compareArchives(folder: string, written: ReadonlyMap<string, number>): Promise<void> {
  for (const [name, count] of written) {
    const [first = [], second = []] = await Promise.all(
      ['archive', 'second'].map((archive) => linesOf(join(folder, archive), name)),
    );
    const same = first.length === second.length && first.every((line, index) => line === second[index]);
    say(
      `${name}: ${count} documents in the dump, ${first.length} in the archive, ${same ? 'the same' : 'others'} in the second archive`,
    );
    if (first.length !== count || !same) throw new DemoFailure(`${name} did not arrive whole`);
  }
}

async function linesOf(archive: string, entity: string): Promise<readonly string[]> {
  const manifest: {
    readonly entities: readonly {
      readonly entity: string;
      readonly folder: string;
      readonly chunks: readonly { readonly name: string }[];
    }[];
  } = JSON.parse(await readFile(join(archive, 'manifest.json'), 'utf8'));
  const found = manifest.entities.find((one) => one.entity === entity);
  const texts = await Promise.all(
    (found?.chunks ?? []).map((chunk) => readFile(join(archive, found?.folder ?? '', chunk.name), 'utf8')),
  );
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}
