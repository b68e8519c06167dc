import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLease } from '../../src/state/run-lock.js';
import { createHolderProcesses, type HolderProcess, type HolderProcesses } from './holder-processes.js';
import type { HolderMessage } from './holding-process.js';
import { checkpoint, films, openStore, partitions } from './run-fixture.js';
import { runFolder } from './temporary-folder.js';

/** `STATE_DRILL=full` runs the long versions. */
const isFull = process.env['STATE_DRILL'] === 'full';
const starts = isFull ? 100 : 25;
const rounds = isFull ? 10 : 4;

let processes: HolderProcesses;
beforeAll(async () => {
  processes = await createHolderProcesses();
}, 60_000);
afterAll(() => processes[Symbol.asyncDispose]());

const opened = (messages: readonly HolderMessage[]) => messages.filter((message) => message.type === 'opened');
const refused = (messages: readonly HolderMessage[]) => messages.filter((message) => message.type === 'refused');

async function one(): Promise<HolderProcess> {
  const [holder] = await processes.start(1);
  if (holder === undefined) throw new Error('no process was started');
  return holder;
}

async function begun(): Promise<string> {
  const folder = await runFolder();
  await using store = await openStore(folder, 'create');
  await store.partitions.save(films, films, partitions);
  await store.save(checkpoint(1, 700));
  return folder;
}

describe('R-12: several processes and one run', () => {
  it(`${starts} at the same time, after a process that was killed: one has it, the others are told at once`, async () => {
    const folder = await begun();
    const killed = await one();
    const order = { folder, mode: 'resume', lease: defaultLease, saves: false } as const;
    expect(await killed.order(order)).toMatchObject({ type: 'opened', epoch: 2 });
    await killed.kill();

    const holders = await processes.start(starts);
    const messages = await Promise.all(holders.map((holder) => holder.order(order)));
    expect(opened(messages)).toMatchObject([{ epoch: 3 }]);
    expect(refused(messages)).toHaveLength(starts - 1);
    expect(new Set(refused(messages).map((message) => message.code))).toEqual(new Set(['DM_RUN_LOCKED']));
    await Promise.all(holders.map((holder) => holder.kill()));

    await using store = await openStore(folder, 'resume');
    expect(store.epoch).toBe(4);
    expect(await store.load()).toEqual([checkpoint(1, 700)]);
  }, 120_000);

  it('a second one is told within two seconds, and when the first is stopped but not yet silent too', async () => {
    const folder = await begun();
    const [first, second, third] = (await processes.start(3)) as [HolderProcess, HolderProcess, HolderProcess];
    const order = { folder, mode: 'resume', lease: defaultLease, saves: false } as const;
    expect(await first.order(order)).toMatchObject({ type: 'opened' });
    const answer = await second.order(order);
    expect(answer).toMatchObject({ type: 'refused', code: 'DM_RUN_LOCKED' });
    first.child.kill('SIGSTOP');
    const later = await third.order(order);
    expect(later).toMatchObject({ type: 'refused', code: 'DM_RUN_LOCKED' });
    for (const message of [answer, later])
      expect(message.type === 'refused' ? message.milliseconds : Number.NaN).toBeLessThan(2_000);
  }, 60_000);

  it(`${rounds} times, a holder that slept past its lease and wakes up: it writes nothing any more`, async () => {
    const lease = { length: 300, renewal: 50 };
    for (let round = 0; round < rounds; round += 1) {
      const folder = await runFolder();
      const old = await one();
      expect(await old.order({ folder, mode: 'create', lease, saves: true })).toMatchObject({ type: 'opened' });
      expect(await old.next()).toMatchObject({ type: 'saving' });
      await delay(13 * round);
      old.child.kill('SIGSTOP');
      await delay(2 * lease.length);

      await using store = await openStore(folder, 'resume', { lease });
      const read = store.resumed?.ledger.read ?? 0;
      expect(store.epoch).toBe(2);
      expect(read).toBeGreaterThan(0);
      await store.save(checkpoint(2, 400));
      old.child.kill('SIGCONT');
      const message = await old.next();
      expect(message).toMatchObject({ type: 'lost', code: 'DM_RUN_LOCKED', signal: true });
      // Whatever the old one took for durable, the new one has.
      expect(message.type === 'lost' ? message.saved : Number.NaN).toBeLessThanOrEqual(read);

      await store.save(checkpoint(2, 500));
      await old.kill();
      await store[Symbol.asyncDispose]();
      await using after = await openStore(folder, 'resume', { lease });
      expect(after.epoch).toBe(3);
      expect(await after.load()).toEqual([checkpoint(0, read), checkpoint(2, 500)]);
    }
  }, 60_000);
});

describe('R-34: workers that would share a run', () => {
  it('R-34: of four at a time, again and again, one owns every partition until it is killed, and nothing durable is lost', async () => {
    const folder = await begun();
    for (let round = 0; round < rounds; round += 1) {
      const workers = await processes.start(4);
      const order = { folder, mode: 'resume', lease: defaultLease, saves: true } as const;
      const messages = await Promise.all(workers.map((worker) => worker.order(order)));
      expect(opened(messages)).toMatchObject([{ epoch: round + 2 }]);
      expect(refused(messages).map(({ code }) => code)).toEqual(Array.from({ length: 3 }, () => 'DM_RUN_LOCKED'));
      const owner = workers[messages.findIndex(({ type }) => type === 'opened')];
      expect(await owner?.next()).toEqual({ type: 'saving' });
      await Promise.all(workers.map((worker) => worker.kill()));
    }
    await using store = await openStore(folder, 'resume');
    const durable = await store.load();
    expect(durable).toHaveLength(2);
    expect(durable).toContainEqual(checkpoint(1, 700));
    expect(durable.map(({ ledger }) => ledger.read > 0)).toEqual([true, true]);
  }, 120_000);
});
