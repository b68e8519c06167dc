import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { CommandLine } from './command-line.js';
import { deepDocument } from './data.js';
import { DemoFailure } from './demo-failure.js';
import { writeCollection } from './dump.js';
import { countText, say, sayMore } from './say.js';
import type { DemoStore, RunningStore } from './store/demo-store.js';

/** How long moving everything would take at the pace until the kill. */
const unhurriedSeconds = 4;

/** What a demonstration showed. */
export interface Shown {
  readonly records: number;
  /** The page of HTML, absolute. */
  readonly report: string;
}

/** What a store is called where it is the source. */
export function sourceTitle({ title, sourceTitle: own = title }: DemoStore): string {
  return own;
}

/** One side of a demonstration. */
export interface DemoSide {
  readonly store: DemoStore;
  readonly running: RunningStore;
}

/**
 * A migration from one store to the other: planned, killed half way, resumed, verified, reported, and brought back.
 *
 * Throws a `DemoFailure` where a command ends otherwise than it should, or a record that came back is not the one that left.
 */
export async function showMigration(
  folder: string,
  datamigrato: CommandLine,
  from: DemoSide,
  to: DemoSide,
): Promise<Shown> {
  const counts = await from.running.fill(datamigrato);
  const records = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [shop, moved, returned] = [from.running.url('shop'), to.running.url('moved'), from.running.url('returned')];

  say('a plan, before anything is written: what becomes of every kind of value');
  await datamigrato.run(['plan', shop, moved]);

  const [origin, destination] = [sourceTitle(from.store), to.store.title];
  say(`${origin} → ${destination}, slowly, to be killed`);
  const killed = await datamigrato.runUntilKilled(
    ['copy', shop, moved, '--max-rate', String(Math.ceil(records / unhurriedSeconds))],
    Math.floor(records / 3),
  );
  say(`killed (SIGKILL), with at least ${countText(killed.written)} of ${countText(records)} records written`);
  await datamigrato.run(['status']);

  say('it goes on from its last checkpoint, and knows by itself what goes where');
  const resumed = await datamigrato.run(['resume']);
  if (resumed.read === 0 || resumed.read >= records)
    throw new DemoFailure(`of ${records} records ${resumed.read} were read after the kill`);
  say(`read after the kill: ${countText(resumed.read)}, those that no checkpoint knew of`);

  say('both sides are read anew and compared, record by record');
  await datamigrato.run(['verify']);

  say('all that is known of the run on one page of HTML, which needs no network');
  const report = (await datamigrato.runForText(['report'])).trim();

  say(`${destination} → ${from.store.title}: the lock file brings back every key and kind`);
  await datamigrato.run([
    'copy',
    moved,
    returned,
    '--lock',
    relative(folder, join(dirname(report), 'mapping.lock.json')),
  ]);
  say('what left and what came back, read with nothing of Datamigrato');
  for (const [entity, count] of counts) await compare(from, entity, count);

  if (to.store.depthLimit !== undefined) await showRefusal(folder, datamigrato, to, to.store.depthLimit);
  return { records, report };
}

async function compare({ running }: DemoSide, entity: string, count: number): Promise<void> {
  const left = (await running.read('shop', entity)).toSorted();
  const back = (await running.read('returned', entity)).toSorted();
  const differing = left.filter((text, index) => text !== back[index]).length;
  sayMore(
    `${entity}: ${countText(left.length)} left, ${countText(back.length)} came back, ${differing} differ in key, value or kind`,
  );
  if (left.length !== count || back.length !== count || differing > 0)
    throw new DemoFailure(`${entity} did not come back as it left`);
}

async function showRefusal(folder: string, datamigrato: CommandLine, to: DemoSide, why: string): Promise<void> {
  say(`${why}: a document of 41 becomes a dead letter`);
  sayMore('and the exit code says so: 3');
  await writeCollection(join(folder, 'dump', 'deep'), 'wells', [deepDocument(), { _id: 'puddle', depth: 1 }]);
  const state = ['--state-folder', './refused'];
  await datamigrato.run(['copy', 'file:./dump/deep', to.running.url('refusing'), ...state], 3);
  const [run = ''] = await readdir(join(folder, 'refused', 'runs'));
  const letters = await readFile(join(folder, 'refused', 'runs', run, 'dead-letters-1.ndjson'), 'utf8');
  const letter: { readonly code: string; readonly message: string } = JSON.parse(letters);
  say(`kept whole, with the reason beside it: ${letter.code}`);
  sayMore(letter.message);
}
