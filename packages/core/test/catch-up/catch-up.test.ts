import { describe, expect, it } from 'vitest';
import {
  beginCatchUp,
  type CatchUpRun,
  type CatchUpState,
  type CatchUpStore,
  type Change,
  catchUp,
  createMemoryDeadLetterStore,
  DatamigratoError,
  type DataRecord,
  type Endpoint,
  type MigrationEvent,
  type PlanOptions,
  planMigration,
  type Source,
} from '../../src/index.js';
import { createMemoryStore, documentManifest, memoryConnector } from '../memory-connector.js';
import { call, openStore } from '../migrate.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const documents = memoryConnector('documents', documentManifest);

const written = (key: number, fields: DataRecord['fields'] = {}): Change<DataRecord> => ({
  type: 'written',
  record: { key: [key], fields },
});
const deleted = (key: number): Change<DataRecord> => ({ type: 'deleted', record: { key: [key], fields: {} } });

const broken = new DatamigratoError({ code: 'DM_TEST_RESET', category: 'transient', retry: 'safe', message: 'reset' });
const lost = new DatamigratoError({ code: 'DM_CHANGES_LOST', category: 'endpoint', message: 'gone' });

/** One step of a feed: changes in one batch, or a failure. */
type Step = readonly Change<DataRecord>[] | DatamigratoError;

/** A migration of one entity that has been copied, from a source whose feed gives these steps, each failure once. */
async function moved(steps: readonly Step[], end: CatchUpState['end'] = { quiet: 5000 }, options: PlanOptions = {}) {
  const runtime = createVirtualRuntime(1);
  const records = [0, 1, 2].map((key): DataRecord => ({ key: [key], fields: { name: `n${key}` } }));
  const stored = createMemoryStore({ things: records });
  const origin = await openStore(documents, createMemoryStore({ things: records }));
  const target = await openStore(documents, stored);
  const failed = new Set<number>();
  const opened: unknown[] = [];
  const watch: Source<unknown>['watch'] = async function* (_entity, { after, signal }) {
    opened.push(after ?? null);
    if (after === undefined) yield { changes: [], position: 0 };
    for (let position = Number(after ?? 0); ; ) {
      const step = steps[position];
      if (step instanceof DatamigratoError && !failed.has(position)) {
        failed.add(position);
        throw step;
      }
      if (step === undefined) await runtime.sleep(500, signal);
      else position += 1;
      yield { changes: step === undefined || step instanceof DatamigratoError ? [] : step, position };
    }
  };
  const source: Endpoint = { ...origin, source: () => ({ ...origin.source(), watch }) };
  let state: CatchUpState | undefined = { schema: 'datamigrato.catch-up-state/1', end, entities: [] };
  const saved: CatchUpState[] = [];
  const store: CatchUpStore = {
    load: async () => state,
    async save(next) {
      state = next;
      saved.push(next);
    },
  };
  const letters = createMemoryDeadLetterStore();
  const events: MigrationEvent[] = [];
  const stop = new AbortController();
  const run: CatchUpRun = {
    plan: await planMigration({ source: origin, target, options, call }),
    source,
    target,
    runtime,
    state: store,
    deadLetters: letters,
    listener: (event) => void events.push(event),
    stop: stop.signal,
  };
  const contents = (): readonly unknown[] =>
    [...(stored.entities.get('things')?.records.values() ?? [])]
      .map(({ key, fields }) => [key[0], fields])
      .sort(([left], [right]) => Number(left) - Number(right));
  return { run, runtime, contents, letters, events, saved, opened, stored, stop, forget: () => (state = undefined) };
}

async function followed(trial: Awaited<ReturnType<typeof moved>>) {
  return trial.runtime.run(
    (async () => {
      await beginCatchUp(trial.run);
      return catchUp(trial.run);
    })(),
  );
}

describe('catching up', () => {
  it('applies writes and deletions by key, of each record the last one of a batch alone', async () => {
    const trial = await moved([
      [written(1, { name: 'new' }), deleted(0), written(3, { name: 'a' }), deleted(3), written(0, { name: 'again' })],
      [deleted(2)],
    ]);
    const report = await followed(trial);
    expect(trial.contents()).toEqual([
      [0, { name: 'again' }],
      [1, { name: 'new' }],
    ]);
    expect(report).toMatchObject({
      quiet: true,
      end: { quiet: 5000 },
      entities: [{ source: 'things', ledger: { changes: 6, written: 2, deleted: 2, dead: 0 } }],
    });
    expect(report.milliseconds).toBeGreaterThanOrEqual(5000);
    expect(trial.saved.at(-1)?.entities[0]?.position).toBe(2);
  });

  it('saves where changes begin before anything is applied, and goes on from what was saved', async () => {
    const trial = await moved([[deleted(0)], [deleted(1)]]);
    await trial.runtime.run(beginCatchUp(trial.run));
    expect(trial.saved).toMatchObject([{ entities: [{ position: 0, ledger: { changes: 0 } }] }]);
    // A later start begins with what the first has saved.
    await trial.runtime.run(beginCatchUp(trial.run));
    expect(trial.saved).toHaveLength(1);
    await trial.runtime.run(catchUp(trial.run));
    expect(trial.contents()).toEqual([[2, { name: 'n2' }]]);
    // Applying all of it once more changes nothing.
    await trial.run.state.save(trial.saved[0] as CatchUpState);
    await trial.runtime.run(catchUp(trial.run));
    expect(trial.contents()).toEqual([[2, { name: 'n2' }]]);
    expect(trial.opened).toEqual([null, 0, 0]);
  });

  it('deletes a record that the filter does not hold for any more, and writes one for which it does by now', async () => {
    const filter = [{ field: 'name', is: '<', value: 'n2' }] as const;
    const trial = await moved(
      [
        [written(0, { name: 'z' }), written(1, { name: 'new' }), written(2, { name: 'a' })],
        [written(1, { name: 'n1' }), written(4, { name: 'n4' })],
      ],
      { quiet: 5000 },
      { mapping: { filter } },
    );
    const report = await followed(trial);
    expect(trial.contents()).toEqual([
      [1, { name: 'n1' }],
      [2, { name: 'a' }],
    ]);
    expect(report.entities[0]?.ledger).toEqual({ changes: 5, written: 2, deleted: 3, dead: 0 });
  });

  it('opens the feed again after the last batch where it breaks', async () => {
    const trial = await moved([[deleted(0)], broken, [deleted(1)]]);
    await followed(trial);
    expect(trial.contents()).toEqual([[2, { name: 'n2' }]]);
    expect(trial.opened).toEqual([null, 0, 1]);
    expect(trial.events).toContainEqual(expect.objectContaining({ type: 'retry-scheduled', side: 'source' }));
  });

  it('R-17: ends where history is lost, without asking for another position', async () => {
    const trial = await moved([[deleted(0)], lost, [deleted(1)]]);
    await expect(followed(trial)).rejects.toMatchObject({ code: 'DM_CHANGES_LOST' });
    expect(trial.opened).toEqual([null, 0]);
  });

  it('keeps a change that cannot be applied as a dead letter, whole, and applies the others', async () => {
    const trial = await moved([[written(7, { poison: true }), written(8, { name: 'fine' }), written(9, {})]]);
    const refused = new DatamigratoError({ code: 'DM_TEST_REFUSED', category: 'record', message: 'refused' });
    trial.stored.onWrite = (_entity, records) =>
      records.flatMap(({ key }, index) => (key[0] === 9 ? [{ index, error: refused }] : []));
    const report = await followed(trial);
    expect(report.entities[0]?.ledger).toEqual({ changes: 3, written: 1, deleted: 0, dead: 2 });
    expect(trial.letters.letters).toMatchObject([
      { stage: 'decode', code: 'DM_TEST_POISON', partition: 'changes' },
      { stage: 'write', code: 'DM_TEST_REFUSED', record: { key: expect.any(String), fields: expect.any(String) } },
    ]);
    expect(trial.events.filter(({ type }) => type === 'record-dead')).toHaveLength(2);
  });

  it('deletes before it writes, so that a new record may have what only one record can have', async () => {
    const trial = await moved([[written(7, { name: 'n0' }), deleted(0)]]);
    const taken = new DatamigratoError({ code: 'DM_TEST_UNIQUE', category: 'record', message: 'the name is taken' });
    trial.stored.onWrite = (_entity, records) => {
      const held = trial.contents().map((content) => JSON.stringify(content));
      return records.flatMap(({ fields }, index) =>
        held.some((content) => content.includes(JSON.stringify(fields))) ? [{ index, error: taken }] : [],
      );
    };
    const report = await followed(trial);
    expect(trial.letters.letters).toEqual([]);
    expect(report.entities[0]?.ledger).toEqual({ changes: 2, written: 1, deleted: 1, dead: 0 });
  });

  it('makes the last change before a quiet time durable within a second or two, not at its end', async () => {
    const trial = await moved([[deleted(0)], [deleted(1)]], { elapsed: 60_000 });
    const { save } = trial.run.state;
    let durable: number | undefined;
    trial.run.state.save = async (state) => {
      await save(state);
      if (state.entities[0]?.position === 2) durable ??= trial.runtime.monotonicNow();
    };
    await followed(trial);
    expect(durable).toBeLessThan(3000);
  });

  it('ends when its time is over, and says whether changes were still coming', async () => {
    const still = Array.from({ length: 1000 }, (_, index): Step => [written(index + 10)]);
    const restless = await moved(still, { elapsed: 0 });
    expect(await followed(restless)).toMatchObject({ quiet: false });
    const calm = await moved([[deleted(0)]], { elapsed: 2000 });
    expect(await followed(calm)).toMatchObject({ quiet: true });
    expect(calm.runtime.monotonicNow()).toBeLessThan(4000);
  });

  it('R-13: ends in order when it is told to, with what was applied made durable', async () => {
    const trial = await moved([[deleted(0)]]);
    trial.stop.abort(new Error('told to'));
    await trial.run.state.save({
      ...((await trial.run.state.load()) as CatchUpState),
      entities: trial.run.plan.entities.map(({ source, target }) => ({
        source,
        target,
        position: 0,
        ledger: { changes: 0, written: 0, deleted: 0, dead: 0 },
      })),
    });
    await expect(trial.runtime.run(catchUp(trial.run))).rejects.toMatchObject({ code: 'DM_INTERRUPTED' });
    expect(trial.saved.at(-1)?.entities).toMatchObject([{ position: 1, ledger: { deleted: 1 } }]);
  });

  it('is refused where it cannot hold what it promises', async () => {
    const trial = await moved([]);
    const { run } = trial;
    const refused = (changed: Partial<CatchUpRun>): Promise<void> => beginCatchUp({ ...run, ...changed });
    await expect(refused({ plan: { ...run.plan, writeMode: 'skip' } })).rejects.toMatchObject({
      code: 'DM_CATCH_UP_IMPOSSIBLE',
    });
    const [entity] = run.plan.entities;
    if (entity === undefined) throw new Error('the plan has no entity');
    const key = { ...entity.mapping.key, chosen: true };
    const byField = { ...run.plan, entities: [{ ...entity, mapping: { ...entity.mapping, key } }] };
    await expect(refused({ plan: byField })).rejects.toMatchObject({ code: 'DM_CATCH_UP_IMPOSSIBLE' });
    await expect(refused({ target: { ...run.target, admin: () => undefined } })).rejects.toMatchObject({
      code: 'DM_CATCH_UP_IMPOSSIBLE',
    });
    await expect(refused({ source: run.target })).rejects.toMatchObject({
      code: 'DM_CHANGES_UNSUPPORTED',
      category: 'endpoint',
    });
    trial.forget();
    await expect(refused({})).rejects.toMatchObject({ code: 'DM_CATCH_UP_LATE', category: 'usage' });
    expect(trial.opened).toEqual([]);
  });
});
