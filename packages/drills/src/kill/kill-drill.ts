import { join } from 'node:path';
import type { MigrationEvent } from '@datamigrato/core';
import { createGuardedFolder } from '@datamigrato/testbed';
import type { DrillResult } from '../report/drill-result.js';
import { comparePlace } from '../store/compare.js';
import type { Place } from '../store/drill-store.js';
import { pairName, type RunningPair } from '../store/pair.js';
import { createEventPipe } from './event-pipe.js';
import { drawKillPoint, type KillPoint, type Phase, phases } from './kill-point.js';
import { type Ended, isWholeReport, startCommand } from './product-command.js';
import { seededRandom } from './seeded-random.js';

/** How often a pair's migration is killed, and how large it is. */
export interface KillDrill {
  readonly pair: RunningPair;
  /** Holds records 0 to `records`. */
  readonly source: Place;
  readonly records: number;
  readonly kills: number;
  /** Kills of one migration before it is let finish. */
  readonly killsPerJob: number;
  /** Records in a batch, and most records between two checkpoints of a partition. Undefined for the command line's own default. */
  readonly batchRecords: number | undefined;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Share of all records that may be read again for each kill. */
const rereadLimit = 0.02;

/** Migrations that may be outrun: a kill that comes too late ends the migration that it was meant for. */
const mostJobs = ({ kills, killsPerJob }: KillDrill): number => 10 + 3 * Math.ceil(kills / killsPerJob);

/** Starts of one migration after which it should have been finished long ago. */
const mostStarts = 60;

/**
 * real processes of the command line between real servers, killed with SIGKILL at points drawn from every phase, and resumed without a flag.
 *
 * Both sides are compared by the plain drivers at the end of each migration.
 */
export async function runKillDrill(drill: KillDrill): Promise<DrillResult> {
  const started = performance.now();
  const totals = new KillTotals(drill.records);
  const random = seededRandom(drill.seed);
  const calibration = await calibrate(drill);
  let job = 0;
  while (totals.kills < drill.kills && totals.violations.length === 0) {
    if (job === mostJobs(drill)) {
      totals.violations.push(`${job} migrations were killed ${totals.kills} times only`);
      break;
    }
    job += 1;
    await using target = await disposable(drill, `kill_${pairText(drill)}_${job}`);
    await runJob({ drill, target: target.place, totals, random, calibration, job });
  }
  const rereadShare = totals.kills === 0 ? 0 : totals.reread / totals.kills / drill.records;
  if (rereadShare > rereadLimit && drill.records >= 100_000)
    totals.violations.push(`read ${(rereadShare * 100).toFixed(2)} % again for each kill`);
  for (const phase of phases) {
    if (drill.kills >= phases.length && !totals.killedIn.has(phase))
      totals.violations.push(`was never killed in the phase "${phase}"`);
  }
  return {
    drill: `kill ${pairText(drill, '-')}`,
    tried: totals.kills,
    lost: totals.lost,
    duplicated: totals.duplicated,
    false: totals.wrong,
    milliseconds: performance.now() - started,
    measured: `${job} migrations of ${drill.records.toLocaleString('en')} records, re-read ${Math.round(totals.reread / Math.max(1, totals.kills))} records a kill (${(rereadShare * 100).toFixed(2)} %), at most ${totals.mostReread}, batches of ${drill.batchRecords ?? 'the default size'}, seed ${drill.seed}`,
    violations: totals.violations,
  };
}

function pairText({ pair }: KillDrill, separator: string = '_'): string {
  return pairName({ source: pair.source.store, target: pair.target.store }).replace('-', separator);
}

/** What all migrations of a drill come to. */
class KillTotals {
  kills = 0;
  lost = 0;
  duplicated = 0;
  /** Processes and reports that said what is not so. */
  wrong = 0;
  reread = 0;
  /** Of one kill. */
  mostReread = 0;
  readonly killedIn = new Map<Phase, number>();
  readonly violations: string[] = [];
  readonly records: number;
  constructor(records: number) {
    this.records = records;
  }

  /** Any of the phases with the fewest kills: one that a process outran stays due. */
  nextPhase(random: () => number): Phase {
    const killsIn = (phase: Phase): number => this.killedIn.get(phase) ?? 0;
    const fewest = Math.min(...phases.map(killsIn));
    const due = phases.filter((phase) => killsIn(phase) === fewest);
    return due[Math.floor(random() * due.length)] as Phase;
  }
}

interface Calibration {
  readonly startUp: number;
  readonly counts: ReadonlyMap<MigrationEvent['type'], number>;
}

/** One migration that nothing disturbs: how long a process takes to begin, and how many events there are. */
async function calibrate(drill: KillDrill): Promise<Calibration> {
  await using target = await disposable(drill, `kill_${pairText(drill)}_calibration`);
  await using folder = await workplace();
  const started = performance.now();
  let startUp = 0;
  const counts = new Map<MigrationEvent['type'], number>();
  const ended = await runCommand(folder.path, copyArguments(drill, target.place), (event) => {
    if (startUp === 0) startUp = performance.now() - started;
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
  });
  if (ended.code !== 0) throw new Error(`a migration that nothing disturbs ended with ${ended.code}:\n${ended.stderr}`);
  const { lost, duplicated, examples } = await comparePlace(target.place, drill.records);
  if (lost + duplicated > 0)
    throw new Error(`a migration that nothing disturbs is not complete: ${examples.join(', ')}`);
  drill.say(
    `${pairText(drill, '-')}: begins after ${Math.round(startUp)} ms, takes ${Math.round(performance.now() - started)} ms, ${counts.get('batch-written') ?? 0} batches`,
  );
  return { startUp, counts };
}

/** One migration: begun, killed several times, resumed each time, let finish, compared. */
async function runJob(job: {
  readonly drill: KillDrill;
  readonly target: Place;
  readonly totals: KillTotals;
  readonly random: () => number;
  readonly calibration: Calibration;
  readonly job: number;
}): Promise<void> {
  const { drill, target, totals, random, calibration } = job;
  await using folder = await workplace();
  let read = 0;
  let durable = 0;
  let kills = 0;
  let command = copyArguments(drill, target);
  const seen: string[] = [];
  for (let start = 1; ; start += 1) {
    if (start > mostStarts)
      throw new Error(`migration ${job.job} is not finished after ${mostStarts} starts:\n${seen.join('\n')}`);
    const mayKill = kills < drill.killsPerJob && totals.kills < drill.kills;
    const phase = totals.nextPhase(random);
    let point: KillPoint | undefined;
    const readBefore = read;
    const ended = await runCommand(
      folder.path,
      command,
      (event) => {
        if (event.type === 'batch-read') read += event.records;
        point?.onEvent(event);
      },
      (kill) => {
        if (!mayKill) return;
        const stateFolder = join(folder.path, '.datamigrato');
        point = drawKillPoint({ phase, random, ...calibration, earlierKills: kills, stateFolder, kill });
      },
    );
    point?.stop();
    if (ended.signal === 'SIGKILL') {
      kills += 1;
      totals.kills += 1;
      totals.killedIn.set(phase, (totals.killedIn.get(phase) ?? 0) + 1);
      const durableNow = await durableRecords(folder.path);
      const again = durable + read - readBefore - durableNow;
      totals.mostReread = Math.max(totals.mostReread, again);
      durable = durableNow;
      seen.push(`${command[0]}: SIGKILL (${phase}, ${again} again)`);
      command = ['resume', ...batchFlags(drill)];
      continue;
    }
    seen.push(`${command[0]}: ${ended.signal ?? ended.code}`);
    if (ended.code === 2 && command[0] === 'resume' && ended.stderr.includes('DM_RUN_UNKNOWN')) {
      // It was killed before there was anything to go on with.
      command = copyArguments(drill, target);
      continue;
    }
    if (ended.code === 0 && isWholeReport(ended, drill.records)) break;
    totals.wrong += 1;
    totals.violations.push(`${seen.join(', ')}\n${ended.stderr}${ended.stdout.slice(0, 2000)}`);
    return;
  }
  totals.reread += Math.max(0, read - drill.records);
  const { lost, duplicated, examples } = await comparePlace(target, drill.records);
  totals.lost += lost;
  totals.duplicated += duplicated;
  totals.violations.push(...examples.map((example) => `${example} after ${seen.join(', ')}`));
  drill.say(`${pairText(drill, '-')} ${job.job}: ${seen.join(', ')}`);
}

function copyArguments(drill: KillDrill, target: Place): readonly string[] {
  return ['copy', drill.source.url(), target.url(), '--partitions', '4', ...batchFlags(drill)];
}

function batchFlags({ batchRecords }: KillDrill): readonly string[] {
  return batchRecords === undefined ? [] : ['--batch-records', String(batchRecords)];
}

async function runCommand(
  folder: string,
  programArguments: readonly string[],
  onEvent: (event: MigrationEvent) => void,
  onStart: (kill: () => void) => void = () => undefined,
): Promise<Ended> {
  await using pipe = await createEventPipe(folder, onEvent);
  const command = startCommand(folder, [...programArguments, '--json', '--quiet', '--events', pipe.path]);
  onStart(() => command.kill());
  return await command.ended;
}

/** Records that the folder's run has to its account, as far as that is durable: what was read beyond them is read again. */
async function durableRecords(folder: string): Promise<number> {
  const { stdout } = await startCommand(folder, ['status', '--json']).ended;
  const { runs } = JSON.parse(stdout) as { readonly runs: readonly { readonly ledger: { readonly read: number } }[] };
  return runs[0]?.ledger.read ?? 0;
}

async function workplace(): Promise<AsyncDisposable & { readonly path: string }> {
  const { path, remove } = await createGuardedFolder('drill');
  return { path, [Symbol.asyncDispose]: remove };
}

async function disposable(drill: KillDrill, name: string): Promise<AsyncDisposable & { readonly place: Place }> {
  const place = await drill.pair.target.place(name);
  return { place, [Symbol.asyncDispose]: () => place.drop() };
}
