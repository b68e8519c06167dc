import { describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  type CheckpointStore,
  createCheckpointSaver,
  type DeadLetter,
  type EntityName,
  emptyLedger,
} from '../../src/index.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const checkpoint = (read: number): Checkpoint => ({
  source: 'things' as EntityName,
  target: 'things' as EntityName,
  partition: { id: 'all', range: null },
  position: read,
  finished: false,
  ledger: { ...emptyLedger, read, written: read },
  bytes: read,
  digest: { sum: '0'.repeat(64), count: read },
});
const letter = (identity: string): DeadLetter => ({
  source: 'things' as EntityName,
  target: 'things' as EntityName,
  partition: 'all',
  stage: 'decode',
  code: 'DM_TEST',
  message: 'a test',
  record: null,
  identity,
});

/** A saver that waits for every tenth record, over a disk that takes 5 ms for each thing and tells what it did. */
function createSaver(failing?: string) {
  const runtime = createVirtualRuntime(1);
  const done: string[] = [];
  const failures: unknown[] = [];
  const signal = new AbortController().signal;
  const takes = async (what: string): Promise<void> => {
    await runtime.sleep(5, signal);
    if (what === failing) throw new Error(what);
    done.push(what);
  };
  const checkpoints: CheckpointStore = {
    load: async () => [],
    save: (saved) => takes(`checkpoint ${JSON.stringify(saved.position)}`),
  };
  const saver = createCheckpointSaver({
    checkpoints,
    deadLetters: { append: (letters) => takes(`letters ${letters.map((one) => one.identity).join(',')}`) },
    interval: { records: 10, milliseconds: 1000 },
    runtime,
    onSaved: () => {},
    onFailed: (error) => failures.push(error),
  });
  return { runtime, saver, done, failures };
}

describe('saving checkpoints', () => {
  it('saves one at a time, the latest of what came meanwhile', async () => {
    const { runtime, saver, done } = createSaver();
    for (const read of [10, 20, 30, 40]) saver.progressed(checkpoint(read), 10, []);
    await runtime.run(saver.flush());
    expect(done).toEqual(['checkpoint 10', 'checkpoint 40']);
  });

  it('A-12 makes dead letters durable before the checkpoint that covers them, without waiting for the interval', async () => {
    const { runtime, saver, done } = createSaver();
    saver.progressed(checkpoint(1), 1, [letter('a')]);
    saver.progressed(checkpoint(2), 1, [letter('b')]);
    await runtime.advance(100);
    expect(done).toEqual(['letters a', 'checkpoint 1', 'letters b', 'checkpoint 2']);
  });

  it('waits for the saving that is under way, and takes letters that no checkpoint covers yet', async () => {
    const { runtime, saver, done } = createSaver();
    saver.progressed(checkpoint(10), 10, []);
    saver.progressed(checkpoint(11), 1, []);
    await runtime.run(saver.flush([letter('a')]));
    expect(done).toEqual(['checkpoint 10', 'letters a', 'checkpoint 11']);
    await runtime.run(saver.flush([letter('b')]));
    expect(done.slice(3)).toEqual(['letters b']);
  });

  it('saves nothing after a failure, and whoever flushes meets it', async () => {
    const { runtime, saver, done, failures } = createSaver('letters b');
    saver.progressed(checkpoint(1), 1, [letter('a')]);
    saver.progressed(checkpoint(2), 1, [letter('b')]);
    await runtime.advance(100);
    saver.progressed(checkpoint(30), 28, []);
    await expect(runtime.run(saver.flush())).rejects.toThrow('letters b');
    expect(done).toEqual(['letters a', 'checkpoint 1']);
    expect(failures).toHaveLength(1);
  });
});
