import * as core from '../../src/index.js';
import {
  type Checkpoint,
  type CheckpointStore,
  type DeadLetterStore,
  isDatamigratoError,
  type MigrationPlan,
  type MigrationReport,
  type planMigration,
  type runMigration,
  type Source,
  type Target,
} from '../../src/index.js';
import { documentManifest } from '../memory-connector.js';
import { Expectation } from './expectation.js';
import type { NativeRecord } from './native-record.js';
import { RereadBound } from './reread-bound.js';
import { type Scenario, scenarioOf } from './scenario.js';
import { openSimulated, targetManifestOf } from './simulated-endpoint.js';
import { files, openJournal } from './simulated-journal.js';
import { type Ending, SimulatedProcess } from './simulated-process.js';
import { simulatedSource } from './simulated-source.js';
import { simulatedTarget } from './simulated-target.js';
import { SimulatedWorld } from './simulated-world.js';

/** The part of core that a simulation runs, so that a broken one can take its place. */
export interface Pipeline {
  readonly planMigration: typeof planMigration;
  readonly runMigration: typeof runMigration;
}

/** Breaks what the pipeline relies on, to see that it is noticed. */
export interface Sabotage {
  readonly source?: (source: Source<NativeRecord>) => Source<NativeRecord>;
  readonly target?: (target: Target<NativeRecord>, world: SimulatedWorld) => Target<NativeRecord>;
  readonly checkpoints?: (store: CheckpointStore) => CheckpointStore;
  readonly letters?: (store: DeadLetterStore) => DeadLetterStore;
}

export interface SimulationOptions {
  readonly pipeline?: Pipeline;
  readonly sabotage?: Sabotage;
  /** Changes the scenario of a seed. */
  readonly adjust?: (scenario: Scenario) => Scenario;
  /** Keeps every step in words. */
  readonly keepLines?: boolean;
}

/** How a simulation went. */
export interface Simulation {
  readonly seed: number;
  /** SHA-256 of every step: equal seeds of the same code have equal traces. */
  readonly trace: string;
  /** What was found wrong; empty where everything held. */
  readonly faults: readonly string[];
  readonly lines: readonly string[];
  readonly processes: number;
  /** What was about to happen, or had just happened, when processes were killed. */
  readonly kills: readonly string[];
  readonly steps: number;
  readonly records: number;
  readonly checkpoints: number;
  /** Records read more than once because a process had ended before they were covered. */
  readonly readAgain: number;
  /** Partitions, at the end of a process, whose records to be read again were held against the bound. */
  readonly bounded: number;
  /** Codes with which processes ended before the last one, by how often. */
  readonly endings: ReadonlyMap<string, number>;
}

/** Runs the scenario of a seed: one process after the other until the migration is finished, and checks it all along. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Simulation> {
  const scenario = scenarioOf(seed);
  const world = new SimulatedWorld(options.adjust?.(scenario) ?? scenario, options.keepLines === true);
  const onUnhandled = (reason: unknown): void => world.blame(`a rejection that nobody handles: ${String(reason)}`);
  process.on('unhandledRejection', onUnhandled);
  try {
    return await new SimulatedJob(world, options).run();
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
}

/** Processes after which a migration that is not finished never will be. */
const mostProcesses = 40;

/** Codes with which a process may end while there is trouble outside. */
const excused = new Set([
  'DM_ENDPOINT_UNAVAILABLE',
  'DM_INTERRUPTED',
  'DM_TEST_DISK_FULL',
  // Planning asks each store once.
  'DM_TEST_SAFE',
  'DM_TEST_AMBIGUOUS',
  'DM_TEST_THROTTLED',
]);

class SimulatedJob {
  readonly #world: SimulatedWorld;
  readonly #options: SimulationOptions;
  readonly #digestKey: Uint8Array;
  readonly #bound: RereadBound;
  readonly #endings = new Map<string, number>();
  #plan: MigrationPlan | undefined;
  #expectation: Expectation | undefined;
  #processes = 0;
  readonly #kills: string[] = [];
  #steps = 0;
  #checkpoints = 0;
  /** The disk of the latest process had no room at some moment. */
  #wasFull = false;

  constructor(world: SimulatedWorld, options: SimulationOptions) {
    this.#world = world;
    this.#options = options;
    this.#digestKey = new Uint8Array(32).fill(world.scenario.seed);
    this.#bound = new RereadBound(world);
  }

  async run(): Promise<Simulation> {
    const { scenario, choice } = this.#world;
    let isFinished = false;
    while (!isFinished && this.#world.faults.length === 0) {
      if (this.#processes > 0) this.#loseState();
      const ending = await this.#live();
      isFinished = this.#isFinished(ending);
      if (this.#processes >= mostProcesses) this.#world.blame(`not finished after ${this.#processes} processes`);
    }
    if (this.#world.faults.length === 0 && scenario.ending === 'finished') {
      this.#world.settle();
      this.#expectation?.checkTarget();
      if (choice.chance(0.2) && this.#isResumable) await this.#runOnceMore();
    }
    const records = scenario.entities.reduce((sum, entity) => sum + entity.records.length, 0);
    return {
      seed: scenario.seed,
      trace: this.#world.finishTrace(),
      faults: this.#world.faults,
      lines: this.#world.lines ?? [],
      processes: this.#processes,
      kills: this.#kills,
      steps: this.#steps,
      records,
      checkpoints: this.#checkpoints,
      readAgain: this.#bound.readAgain,
      bounded: this.#bound.checked,
      endings: this.#endings,
    };
  }

  /** Whether a process can go on where another ended: not where the source is cut at other places and nothing remembers the first. */
  get #isResumable(): boolean {
    const { movingPartitions, remembersPartitions } = this.#world.scenario;
    return remembersPartitions || !movingPartitions;
  }

  /** One process from its start to its end, and what the crash leaves behind. */
  async #live(): Promise<Ending<MigrationReport>> {
    const { scenario, choice } = this.#world;
    this.#processes += 1;
    const process = this.#startProcess();
    const outage = this.#trouble(scenario.faults.outage) ? this.#outageOf(process) : undefined;
    const isGone = (side: string): boolean => outage !== undefined && outage.side === side && outage.isNow();
    const fullAt = this.#trouble(scenario.faults.diskFull) ? choice.integer(1, 30) : undefined;
    let writes = 0;
    this.#wasFull = false;
    const journal = openJournal(this.#world.disk, process, {
      isFull: () => {
        writes += 1;
        this.#wasFull ||= writes === fullAt;
        return writes === fullAt;
      },
      onSaving: (checkpoint) => this.#onSaving(checkpoint),
    });
    const { sabotage = {}, pipeline = core } = this.#options;
    const source = simulatedSource(this.#world, process, {
      cut: scenario.movingPartitions ? this.#processes : 0,
      isGone: () => isGone('source'),
    });
    const target = simulatedTarget(this.#world, process, { isGone: () => isGone('target') });
    const withoutCuts: CheckpointStore = { load: journal.checkpoints.load, save: journal.checkpoints.save };
    const checkpoints = scenario.remembersPartitions ? journal.checkpoints : withoutCuts;
    const ending = await process.live(async () => {
      const from = await openSimulated('origin', documentManifest, { source: sabotage.source?.(source) ?? source });
      const to = await openSimulated('destination', targetManifestOf(scenario), {
        target: sabotage.target?.(target, this.#world) ?? target,
      });
      const call = { signal: process.abandon.signal, deadline: 1000 };
      this.#plan ??= await pipeline.planMigration({ source: from, target: to, options: scenario.plan, call });
      this.#expectation ??= new Expectation(this.#world, this.#plan, this.#digestKey);
      return pipeline.runMigration({
        plan: this.#plan,
        source: from,
        target: to,
        runtime: process.visibleRuntime,
        checkpoints: sabotage.checkpoints?.(checkpoints) ?? checkpoints,
        deadLetters: sabotage.letters?.(journal.letters) ?? journal.letters,
        listener: (event) => {
          if (!process.isAlive) return;
          this.#world.note(JSON.stringify(event));
          this.#bound.onEvent(event);
        },
        stop: process.stop.signal,
        abandon: process.abandon.signal,
        digestKey: this.#digestKey,
        settings: scenario.settings,
      });
    });
    this.#steps += process.steps;
    if (process.killedAt !== undefined) this.#kills.push(process.killedAt);
    if (ending.type === 'hung') this.#world.blame(`the run hangs: ${String(ending.error)}`);
    this.#bound.check(this.#isResumable);
    this.#world.crash();
    // Nothing of it reaches the outside any more; this only lets the platform forget the signals it listened to.
    process.abandon.abort();
    return ending;
  }

  #startProcess(): SimulatedProcess {
    const { scenario, choice } = this.#world;
    const { faults, steps } = scenario;
    const at = (probability: number): number | undefined => {
      if (!this.#trouble(probability)) return undefined;
      // As often in the first steps as in the long run of the middle.
      return Math.ceil(choice.chance(0.3) ? steps ** choice.next() : 1.3 * steps * choice.next());
    };
    const interference = { killAt: at(faults.killed), stopAt: at(faults.stopped), abandonAt: at(faults.abandoned) };
    this.#world.note(`process ${this.#processes} ${JSON.stringify(interference)}`);
    return new SimulatedProcess(this.#world, choice.integer(0, 2 ** 31), interference);
  }

  /** Whether a trouble of this probability meets the process that is about to live. */
  #trouble(probability: number): boolean {
    return this.#processes <= this.#world.scenario.troubledProcesses && this.#world.choice.chance(probability);
  }

  #outageOf(process: SimulatedProcess): { readonly side: string; readonly isNow: () => boolean } {
    const { choice } = this.#world;
    const side = choice.oneOf(['source', 'target']);
    const from = 2000 * choice.next();
    const until = from + choice.oneOf([500, 5000, 60_000]) * choice.next();
    const { monotonicNow } = process.runtime;
    return { side, isNow: () => monotonicNow() >= from && monotonicNow() < until };
  }

  #onSaving(checkpoint: Checkpoint): void {
    this.#checkpoints += 1;
    this.#expectation?.checkCheckpoint(checkpoint);
  }

  /** Sometimes an older copy of the state is all that is left. Letters go only together with the checkpoints that cover them. */
  #loseState(): void {
    const { scenario, choice, disk } = this.#world;
    if (!scenario.losesCheckpoints || !choice.chance(0.5)) return;
    const kept = choice.chance(0.5) ? 0 : choice.integer(0, disk.durable(files.checkpoints).length);
    this.#world.note(`checkpoints cut to ${kept}`);
    disk.cut(files.checkpoints, kept);
    if (kept > 0 || choice.chance(0.5)) return;
    disk.cut(files.letters, 0);
    this.#expectation?.forgetLetters();
  }

  #isFinished(ending: Ending<MigrationReport>): boolean {
    const { scenario } = this.#world;
    if (ending.type === 'finished') {
      if (scenario.ending !== 'finished') this.#world.blame(`finished, and nobody says ${scenario.ending}`);
      else this.#expectation?.checkEnd(ending.result, this.#processes);
      return true;
    }
    if (ending.type !== 'failed') return false;
    const code = isDatamigratoError(ending.error) ? ending.error.code : String(ending.error);
    this.#endings.set(code, (this.#endings.get(code) ?? 0) + 1);
    if (code === scenario.ending) {
      if (code === 'DM_TOO_MANY_DEAD_LETTERS' && !this.#wasFull)
        this.#expectation?.checkTooMany(scenario.settings.deadLetterLimit?.records ?? 0);
      return true;
    }
    if (!excused.has(code) && !code.includes('asked to end at once')) this.#world.blame(`the run ends with ${code}`);
    return false;
  }

  /** A migration that is finished and started again reads nothing, writes nothing and says the same. */
  async #runOnceMore(): Promise<void> {
    const writes = this.#world.store.writes;
    const saved = this.#checkpoints;
    const ending = await this.#live();
    if (ending.type === 'finished') this.#expectation?.checkEnd(ending.result, this.#processes);
    if (this.#world.store.writes !== writes) this.#world.blame('a finished migration writes once more');
    if (ending.type === 'finished' && this.#checkpoints !== saved)
      this.#world.blame('a finished migration saves once more');
  }
}
