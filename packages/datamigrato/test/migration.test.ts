import { entityName, type MigrationEvent } from '@datamigrato/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEventBuffer } from '../src/event-buffer.js';
import { type MigrationControl, type MigrationResult, startMigration } from '../src/migration.js';
import { systemRuntime } from '../src/runtime.js';

const ledger = { read: 1, written: 1, unchanged: 0, dead: 0, filtered: 0 };
const endpoint = { connector: 'file', version: '0.1.0', endpoint: 'file:.' };
const result: MigrationResult = {
  schema: 'datamigrato.report/1',
  plan: 'a',
  source: endpoint,
  target: endpoint,
  startedAt: '2026-11-24T00:00:00.000Z',
  finishedAt: '2026-11-24T00:00:01.000Z',
  status: 'finished',
  entities: [],
  ledger,
  notices: [],
  catchUp: null,
  runId: '2026-11-24-aaaa',
  runFolder: '/somewhere',
  lock: { schema: 'datamigrato.lock/1', plan: 'a', entities: [] },
  deadLetterFile: null,
  earlier: null,
  wasFinished: false,
};
const read = (records: number, partition = 'a'): MigrationEvent => ({
  type: 'batch-read',
  source: entityName('users'),
  partition,
  records,
  bytes: records * 10,
});

function start(run: (control: MigrationControl) => Promise<MigrationResult>, signal?: AbortSignal) {
  return startMigration(run, { runtime: systemRuntime, signal, redact: (text) => text });
}

/** Runs until it is told to stop, and then for so many milliseconds more unless it is abandoned. */
function running(drain: number) {
  return async ({ stop, abandon }: MigrationControl): Promise<MigrationResult> => {
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    await systemRuntime.sleep(drain, abandon);
    return result;
  };
}

async function collect(events: AsyncIterable<MigrationEvent>): Promise<MigrationEvent[]> {
  const all: MigrationEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

let unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
const listenersBefore = process.listeners('unhandledRejection');
beforeEach(() => {
  unhandled = [];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('unhandledRejection', note);
  for (const listener of listenersBefore) process.on('unhandledRejection', listener);
});

describe('a migration', () => {
  test('is awaited for its report', async () => {
    expect(await start(async () => result)).toBe(result);
  });

  test('gives all its events to who listens at once, and to a second listener those from then on', async () => {
    const migration = start(async ({ listener }) => {
      listener(read(1));
      await systemRuntime.sleep(20, new AbortController().signal);
      listener(read(2));
      return result;
    });
    const [first, second] = await Promise.all([collect(migration), collect(migration)]);
    expect([first, second]).toEqual([[read(1), read(2)], [read(2)]]);
    expect(await collect(migration)).toEqual([]);
  });

  test('that fails tells who listens, without an unhandled rejection', async () => {
    const failure = new Error('broken');
    const migration = start(async ({ listener }) => {
      listener(read(1));
      await systemRuntime.sleep(5, new AbortController().signal);
      throw failure;
    });
    await expect(collect(migration)).rejects.toBe(failure);
    await systemRuntime.sleep(20, new AbortController().signal);
    expect(unhandled).toEqual([]);
    await expect(migration).rejects.toBe(failure);
  });

  test('that fails with nobody listening is an unhandled rejection, like that of any promise', async () => {
    const failure = new Error('broken');
    start(async () => {
      throw failure;
    });
    await systemRuntime.sleep(20, new AbortController().signal);
    expect(unhandled).toEqual([failure]);
  });

  test('goes on when a listener leaves', async () => {
    const migration = start(async ({ listener }) => {
      for (let count = 0; count < 5; count += 1) listener(read(count));
      return result;
    });
    for await (const event of migration) {
      expect(event.type).toBe('batch-read');
      break;
    }
    expect(await migration).toBe(result);
  });
});

describe('abort', () => {
  test('lets what was read be written', async () => {
    const migration = start(running(30));
    migration.abort();
    expect(await migration).toBe(result);
  });

  test('ends everything once the drain is over', async () => {
    const migration = start(running(60_000));
    migration.abort({ drain: 20 });
    await expect(migration).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
  });

  test('a second time may shorten the drain', async () => {
    const migration = start(running(60_000));
    migration.abort();
    migration.abort({ drain: 0 });
    await expect(migration).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
  });

  test('may come by a signal, also one that was aborted before', async () => {
    const before = start(running(5), AbortSignal.abort());
    const controller = new AbortController();
    const during = start(running(5), controller.signal);
    controller.abort();
    expect([await before, await during]).toEqual([result, result]);
  });
});

describe('events that wait', () => {
  test('are bounded by partitions, and lose no count', async () => {
    const buffer = createEventBuffer(16);
    const total = 100_000;
    for (let count = 0; count < total; count += 1) buffer.push(read(1, `p${count % 8}`));
    expect(buffer.waiting).toBeLessThanOrEqual(16 + 8);
    buffer.end();
    let records = 0;
    for (let event = await buffer.next(); event !== undefined; event = await buffer.next()) {
      if (event.type === 'batch-read') records += event.records;
    }
    expect(records).toBe(total);
  });

  test('keep their order where they are few, and everything that is no batch', async () => {
    const buffer = createEventBuffer(2);
    const notices = Array.from({ length: 50 }, (_, index): MigrationEvent => ({ type: 'notice', text: `${index}` }));
    for (const notice of notices) buffer.push(notice);
    buffer.end();
    const taken: (MigrationEvent | undefined)[] = [];
    for (let event = await buffer.next(); event !== undefined; event = await buffer.next()) taken.push(event);
    expect(taken).toEqual(notices);
  });

  test('are cut from memory as they are taken', async () => {
    const buffer = createEventBuffer(10);
    for (let round = 0; round < 10_000; round += 1) {
      buffer.push(read(round));
      expect(await buffer.next()).toEqual(read(round));
    }
    expect(buffer.waiting).toBe(0);
  });
});

test('a sleep leaves neither timer nor listener behind', async () => {
  const controller = new AbortController();
  const sleeping = systemRuntime.sleep(60_000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  await expect(systemRuntime.sleep(1, controller.signal)).rejects.toThrow('enough');
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThan(5);
});
