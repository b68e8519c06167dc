import { beforeAll, describe, expect, it } from 'vitest';
import { checkpoint, codeOf, films, openStore, partitions } from './run-fixture.js';
import { numbers } from './seeded-numbers.js';
import { runFolder } from './temporary-folder.js';
import { createVolatileDisk, type VolatileDisk } from './volatile-disk.js';

/** A process that renews its lock too seldom for this test, so that each start makes the same calls. */
const steady = { length: 0, renewal: 60_000 };
/** No time to be believed: the process that had the run is this one, and without power it did not let go. */
const afterwards = { length: 0, renewal: 2 };
const compaction = 3_000;
const seed = 20261124;

/** The folder that is looked at for who owns it; its files are in memory. */
let folder: string;
beforeAll(async () => {
  folder = await runFolder();
});

/** What a start was told to be durable. */
interface Promised {
  opened: boolean;
  partitions: boolean;
  readonly saved: Map<number, number>;
  failure: string;
}

async function run(disk: VolatileDisk, mode: 'create' | 'resume', from: number, lease = steady): Promise<Promised> {
  const promised: Promised = { opened: false, partitions: false, saved: new Map(), failure: 'none' };
  promised.failure = await codeOf(
    (async () => {
      await using store = await openStore(folder, mode, { fileSystem: disk, lease, compaction });
      promised.opened = true;
      if ((await store.partitions.load(films, films)) === undefined)
        await store.partitions.save(films, films, partitions);
      promised.partitions = true;
      const movePartition = async (partition: number): Promise<void> => {
        for (let read = from + 100; read <= from + 800; read += 100) {
          await store.save(checkpoint(partition, read));
          promised.saved.set(partition, read);
        }
      };
      const results = await Promise.allSettled([0, 1, 2, 3].map(movePartition));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    })(),
  );
  return promised;
}

async function expectKept(disk: VolatileDisk, promised: Promised, from: number): Promise<void> {
  await using store = await openStore(folder, 'resume', { fileSystem: disk, lease: afterwards, compaction });
  const loaded = new Map((await store.load()).map((one) => [one.partition.id, one]));
  if (promised.partitions) expect(await store.partitions.load(films, films)).toEqual(partitions);
  for (const [index, partition] of partitions.entries()) {
    const one = loaded.get(partition.id);
    const read = one?.ledger.read ?? 0;
    if (one !== undefined) expect(one).toEqual(checkpoint(index, read));
    expect(read).toBeGreaterThanOrEqual(promised.saved.get(index) ?? from);
  }
}

describe('R-10: the power fails', () => {
  it('at every call of a new run: what was promised is there, or nothing was', async () => {
    const below = numbers(seed);
    const whole = createVolatileDisk();
    expect(await run(whole, 'create', 0)).toMatchObject({ failure: 'none' });
    expect(whole.calls).toBeGreaterThan(30);
    for (let call = 0; call < 0.8 * whole.calls; call += 1) {
      for (let time = 0; time < 4; time += 1) {
        const disk = createVolatileDisk(call);
        const promised = await run(disk, 'create', 0);
        expect(promised.failure).toBe('DM_STATE_UNWRITABLE');
        const left = disk.afterPowerFailure(below);
        if (promised.opened) {
          await expectKept(left, promised, 0);
          continue;
        }
        // It had not begun: either it can be begun, or it is there already.
        const again = await run(left, 'create', 0, afterwards);
        if (again.failure === 'DM_RUN_BEGUN') await expectKept(left, promised, 0);
        else expect(again.failure).toBe('none');
      }
    }
  }, 60_000);

  it('at every call of a run that is taken up again: what was promised by either start is there', async () => {
    const below = numbers(seed + 1);
    const begun = async (cutAt?: number): Promise<VolatileDisk> => {
      const first = createVolatileDisk();
      expect(await run(first, 'create', 0)).toMatchObject({ failure: 'none' });
      return first.restarted(cutAt);
    };
    const whole = await begun();
    expect(await run(whole, 'resume', 800)).toMatchObject({ failure: 'none' });
    for (let call = 0; call < 0.8 * whole.calls; call += 1) {
      for (let time = 0; time < 4; time += 1) {
        const disk = await begun(call);
        const promised = await run(disk, 'resume', 800);
        expect(promised.failure).toBe('DM_STATE_UNWRITABLE');
        await expectKept(disk.afterPowerFailure(below), promised, 800);
      }
    }
  }, 60_000);
});
