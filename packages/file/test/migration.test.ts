import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMemoryCheckpointStore,
  createMemoryDeadLetterStore,
  type Endpoint,
  type MigrationEvent,
  planMigration,
  type RunSettings,
  type Runtime,
  runMigration,
  valueToText,
} from '@datamigrato/core';
import { realDataFile } from '@datamigrato/testbed';
import * as bson from 'bson';
import { describe, expect, it } from 'vitest';
import { bsonKinds } from './bson-kinds.js';
import { call, openFile, readAll, temporaryFolder } from './harness.js';

const runtime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => 0.5,
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

interface Run {
  readonly checkpoints?: ReturnType<typeof createMemoryCheckpointStore>;
  readonly stop?: AbortSignal;
  readonly listener?: (event: MigrationEvent) => void;
  readonly settings?: Partial<RunSettings>;
}

async function migrate(source: Endpoint, target: Endpoint, run: Run = {}) {
  const deadLetters = createMemoryDeadLetterStore();
  const report = await runMigration({
    plan: await planMigration({ source, target, options: {}, call }),
    source,
    target,
    runtime,
    checkpoints: run.checkpoints ?? createMemoryCheckpointStore(),
    deadLetters,
    listener: run.listener ?? (() => {}),
    stop: run.stop ?? new AbortController().signal,
    digestKey: new Uint8Array(32),
    ...(run.settings === undefined ? {} : { settings: run.settings }),
  });
  return { report, letters: deadLetters.letters };
}

const textsOf = async (endpoint: Endpoint, entity: string) =>
  (await readAll(endpoint, entity)).records.map(({ key, fields }) => valueToText({ key: [...key], fields }));

describe('a migration', () => {
  it('from a dump with every kind of BSON into an archive, twice, and on into another', async () => {
    const folder = await temporaryFolder();
    const documents = Object.values(bsonKinds).map(([native], _id) => ({
      _id,
      native,
      inside: { '10': native, b: [native] },
    }));
    await writeFile(join(folder, 'kinds.bson'), Buffer.concat(documents.map((document) => bson.serialize(document))));
    const source = await openFile(folder);
    const expected = await textsOf(source, 'kinds');
    const path = join(await temporaryFolder(), 'archive');
    for (let round = 0; round < 2; round += 1) {
      const target = await openFile(path);
      const { report, letters } = await migrate(source, target);
      expect(letters).toEqual([]);
      expect(report.ledger).toMatchObject({ read: documents.length, written: documents.length });
      await target.close();
      expect(await textsOf(await openFile(path), 'kinds')).toEqual(expected);
    }
    const second = join(await temporaryFolder(), 'second');
    const target = await openFile(second, { gzip: true });
    await migrate(await openFile(path), target);
    await target.close();
    expect(await textsOf(await openFile(second), 'kinds')).toEqual(expected);
  });

  it('of real films that is stopped again and again moves every one of them once', async () => {
    const source = await openFile(realDataFile('movies'));
    const path = join(await temporaryFolder(), 'archive');
    const checkpoints = createMemoryCheckpointStore();
    let runs = 0;
    for (let isFinished = false; !isFinished; runs += 1) {
      const stop = new AbortController();
      const target = await openFile(path, { chunkBytes: 65_536 });
      let events = 0;
      const listener = () => {
        events += 1;
        if (events === 12) stop.abort(new Error('stopped'));
      };
      const settings = { batchRecords: 100, checkpointInterval: { records: 100, milliseconds: 1000 } };
      isFinished = await migrate(source, target, { checkpoints, stop: stop.signal, listener, settings }).then(
        ({ report }) => report.status === 'finished' && report.ledger.written === 3201,
        () => false,
      );
      await target.close();
      expect(runs).toBeLessThan(100);
    }
    expect(runs).toBeGreaterThan(2);
    expect((await textsOf(await openFile(path), 'movies')).toSorted()).toEqual(
      (await textsOf(source, 'movies')).toSorted(),
    );
  });

  it('puts bad records aside', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x.ndjson'), '{"_id":1}\n{"_id":2,"a":1,"a":2}\n{"_id":3}\n');
    const path = join(await temporaryFolder(), 'archive');
    const target = await openFile(path);
    const { report, letters } = await migrate(await openFile(folder), target);
    expect(report.status).toBe('finished-with-dead-letters');
    expect(letters.map(({ code }) => code)).toEqual(['DM_FILE_RECORD_INVALID']);
    await target.close();
    expect(await readdir(join(path, 'x'))).toEqual(['000001.ndjson']);
    expect(await readFile(join(path, 'x', '000001.ndjson'), 'utf8')).toBe(
      '{"key":[1],"fields":{}}\n{"key":[3],"fields":{}}\n',
    );
  });
});
