import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithServer } from '@datamigrato/testbed';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/secret/redactor.js';
import { trialConnector } from '../command-line/command-line.js';
import { canaryOf } from './canary.js';
import { patient, type Trace, traceOf } from './trace.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-contents-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One word in all contents: a search for it is a search for all of them. */
const canary = canaryOf(10_000);

interface Letters {
  /** Places that hold contents of records, dead letters left out. */
  readonly leaks: readonly string[];
  /** Files of dead letters that hold them. */
  readonly letters: readonly string[];
}

function found({ texts }: Trace): Letters {
  const places = [...texts].flatMap(([where, text]) => (canary.isIn(text) ? [where] : []));
  const isLetters = (where: string): boolean => /dead-letters[^/]*\.ndjson$/.test(where);
  return { leaks: places.filter((where) => !isLetters(where)), letters: places.filter(isLetters) };
}

async function onlyForOwner(paths: readonly string[]): Promise<void> {
  if (process.platform === 'win32') return;
  for (const path of paths) expect((await stat(path)).mode & 0o777).toBe(0o600);
}

/** Lines of JSON: good records, and such as fail while they are decoded or mapped, each with the word in every value and as its key. */
function lines(count: number): string {
  const word = JSON.stringify(canary.text);
  const kinds = [
    (index: number) => `{"id":"${index} "+${word},"note":${word}}`,
    (index: number) => `{"id":${index},"note":${word},"note":${word}}`,
    (index: number) => `{"note":${word},"deep":${'['.repeat(300)}${word}${']'.repeat(300)},"id":${index}}`,
    (index: number) => `{"note":${word},"number":${index}}`,
    (index: number) => `{"id":[${word},${index}],"note":"\\ud800${canary.text.slice(0, 14)}"`,
    (index: number) => `{"id":${JSON.stringify(`${canary.text}${index}`)},"note":${word}}`,
  ];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length]?.(index)).join('\n');
}

/** Documents of which every second one breaks a rule of the target, which tells it with the contents. */
function refusedLines(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const mail = index % 2 === 0 ? `${canary.text}@example.com` : `${index}@example.com`;
    return JSON.stringify({ _id: `${canary.text}${index}`, mail });
  });
  return lines.join('\n');
}

describe('S-07 contents of records reach nobody but the dead letters', () => {
  test('of 10,000 records that fail while they are decoded, mapped and written', async () => {
    await mkdir(join(folder, 'planted'));
    await writeFile(join(folder, 'planted/people.ndjson'), `{"id":"first","note":"plain"}\n${lines(10_000)}\n`);
    const args = ['copy', './planted/people.ndjson', 'trial:?refuse=2', '--connector', trialConnector];
    const trace = await traceOf(
      folder,
      { args: [...args, '--primary-key', 'id', '--max-dead-letters', '20000'] },
      createRedactor(),
    );
    expect(trace.code).toBe(3);
    const { leaks, letters } = found(trace);
    expect(leaks).toEqual([]);
    expect(letters).toHaveLength(1);
    await onlyForOwner(letters);
  }, 120_000);

  test('nor of those among which a run ends for having too many', async () => {
    await mkdir(join(folder, 'planted'));
    await writeFile(join(folder, 'planted/people.ndjson'), `{"id":"first","note":"plain"}\n${lines(3_000)}\n`);
    const trace = await traceOf(folder, { args: ['copy', './planted/people.ndjson', './target'] }, createRedactor());
    expect(trace.code).toBe(4);
    expect(found(trace).leaks.filter((where) => !where.includes('/target/'))).toEqual([]);
  }, 120_000);
});

await describeWithServer('mongo-java', 'a server that repeats what it refuses', (address) => {
  test('S-07 is not quoted anywhere', async () => {
    const client = new MongoClient(address.url);
    const databaseName = 'contents_test';
    try {
      const database = client.db(databaseName);
      await database.dropDatabase();
      await database.collection('people').createIndex({ mail: 1 }, { unique: true });
      await mkdir(join(folder, 'planted'));
      await writeFile(join(folder, 'planted/people.ndjson'), `${refusedLines(400)}\n`);
      const url = new URL(address.url);
      url.pathname = `/${databaseName}`;
      const args = ['copy', './planted/people.ndjson', url.href, '--max-dead-letters', '1000', ...patient];
      const trace = await traceOf(folder, { args }, createRedactor());
      expect(trace.code).toBe(3);
      expect(JSON.parse(trace.texts.get('stdout') ?? '')).toMatchObject({ ledger: { dead: 199 } });
      const { leaks, letters } = found(trace);
      expect(leaks).toEqual([]);
      expect(letters).toHaveLength(1);
      await onlyForOwner(letters);
    } finally {
      await client.db(databaseName).dropDatabase();
      await client.close();
    }
  }, 120_000);

  test('S-07 contents and keys of a source that is read are in no event and no report; of its run folder, in the journal alone', async () => {
    const client = new MongoClient(address.url);
    const databaseName = 'contents_source';
    try {
      const database = client.db(databaseName);
      await database.dropDatabase();
      const people = Array.from({ length: 3_000 }, (_, index) => ({
        _id: `${canary.text}${index}` as never,
        note: canary.text,
        deep: [{ note: canary.text }],
      }));
      await database.collection('people').insertMany(people);
      const url = new URL(address.url);
      url.pathname = `/${databaseName}`;
      const trace = await traceOf(
        folder,
        { args: ['copy', url.href, './planted/target', ...patient] },
        createRedactor(),
      );
      expect(trace.code).toBe(0);
      const journals = found(trace).leaks;
      expect(journals.filter((where) => !/\/journal-\d+\.ndjson$/.test(where))).toEqual([]);
      await onlyForOwner(journals);
    } finally {
      await client.db(databaseName).dropDatabase();
      await client.close();
    }
  }, 120_000);
});
