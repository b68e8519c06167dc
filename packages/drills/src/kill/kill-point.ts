import { existsSync, type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationEvent } from '@datamigrato/core';

/** The parts of a run's life that kills are spread over. */
export const phases = [
  'before it begins',
  'entity prepared',
  'first batch',
  'between write and checkpoint',
  'checkpoint saved',
  'state being written',
  'partition finished',
  'at the end',
] as const;

/** A part of a run's life. */
export type Phase = (typeof phases)[number];

/** Watches one process, and says once when it is to be killed. */
export interface KillPoint {
  readonly phase: Phase;
  onEvent(event: MigrationEvent): void;
  stop(): void;
}

/** What a kill point is drawn from. */
export interface KillPointOptions {
  readonly phase: Phase;
  /** From 0 up to but not including 1; equal numbers draw equal points. */
  readonly random: () => number;
  /** Milliseconds from the start of a process to its first event, when nothing kills it. */
  readonly startUp: number;
  /** How many events of each type a whole run has. */
  readonly counts: ReadonlyMap<MigrationEvent['type'], number>;
  /** How many earlier processes of the run were killed: the later ones have less to do. */
  readonly earlierKills: number;
  readonly stateFolder: string;
  readonly kill: () => void;
}

const eventOf: Readonly<Partial<Record<Phase, readonly MigrationEvent['type'][]>>> = {
  'entity prepared': ['migration-started', 'entity-prepared'],
  'first batch': ['batch-read', 'batch-written'],
  'between write and checkpoint': ['batch-written'],
  'checkpoint saved': ['checkpoint-saved'],
  'partition finished': ['partition-finished', 'entity-finished'],
  'at the end': ['migration-finished'],
};

/** Draws a point within a phase. */
export function drawKillPoint(options: KillPointOptions): KillPoint {
  const { phase, random, kill } = options;
  const types = eventOf[phase];
  if (types === undefined) return phase === 'before it begins' ? killAfter(options) : killAtChange(options);
  const type = types[Math.floor(random() * types.length)] as MigrationEvent['type'];
  const left = (options.counts.get(type) ?? 1) / (options.earlierKills + 1);
  const wanted = phase === 'first batch' ? 1 : 1 + Math.floor(random() * Math.max(1, left / 2));
  let seen = 0;
  return {
    phase,
    onEvent(event) {
      if (event.type !== type) return;
      seen += 1;
      if (seen === wanted) kill();
    },
    stop() {},
  };
}

/** While connecting, planning, or opening the state of an earlier process. */
function killAfter({ phase, random, startUp, kill }: KillPointOptions): KillPoint {
  const timer = setTimeout(kill, startUp * (0.2 + 0.7 * random()));
  return { phase, onEvent() {}, stop: () => clearTimeout(timer) };
}

/** At one of the first changes to the files of the run: plan, lock, journal, its compaction, dead letters, report. */
function killAtChange({ phase, random, stateFolder, kill }: KillPointOptions): KillPoint {
  const wanted = 1 + Math.floor(random() * 25);
  const watchers: FSWatcher[] = [];
  let seen = 0;
  const look = (folder: string): void => {
    const watcher = watch(folder, () => {
      seen += 1;
      if (seen === wanted) kill();
    });
    // A watched folder that is removed is no change that matters.
    watcher.on('error', () => watcher.close());
    watchers.push(watcher);
  };
  const poll = setInterval(() => {
    const runs = join(stateFolder, 'runs');
    if (!existsSync(runs)) return;
    readdir(runs).then(
      (names) => {
        if (names.length === 0) return;
        clearInterval(poll);
        for (const name of names) if (existsSync(join(runs, name))) look(join(runs, name));
      },
      // It may be removed at any moment.
      () => undefined,
    );
  }, 5);
  return {
    phase,
    onEvent() {},
    stop() {
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}
