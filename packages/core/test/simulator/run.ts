import { type Simulation, type SimulationOptions, simulate } from './simulate.js';

/**
 * Many simulations, and what they came to.
 *
 * `node scripts/simulate.mjs --seeds 100000` runs them from the workspace's root; `--from` chooses the first seed, `--seed` one alone, with every step it takes.
 * `SIMULATOR_SEEDS=100000 npx vitest run --project core test/simulator/simulator.test.ts` does the same in the test.
 */
export interface SimulationSummary {
  readonly seeds: number;
  readonly records: number;
  readonly processes: number;
  readonly kills: number;
  /** What was about to happen, or had just happened, when processes were killed, by how often. */
  readonly killedAt: Readonly<Record<string, number>>;
  /** Moments at which a process could have been killed. */
  readonly steps: number;
  readonly checkpoints: number;
  readonly readAgain: number;
  /** Partitions, at the end of a process, whose records to be read again were held against the bound. */
  readonly bounded: number;
  /** Codes with which processes ended before the last one, by how often. */
  readonly endings: Readonly<Record<string, number>>;
  /** Simulations in which something was found wrong. */
  readonly failed: readonly Simulation[];
}

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** Ends after so many failures. Default: 10. */
  readonly mostFailures?: number;
  readonly options?: SimulationOptions;
  /** Hears how many are done, about every ten seconds. */
  readonly onProgress?: (done: number, failed: number) => void;
}

/** Runs the simulations of a range of seeds, one after the other. */
export async function simulateSeeds(range: SeedRange): Promise<SimulationSummary> {
  const sums = { seeds: 0, records: 0, processes: 0, kills: 0, steps: 0, checkpoints: 0, readAgain: 0, bounded: 0 };
  const endings: Record<string, number> = {};
  const killedAt: Record<string, number> = {};
  const failed: Simulation[] = [];
  let told = performance.now();
  for (let seed = range.from; seed < range.from + range.count; seed += 1) {
    const simulation = await simulate(seed, range.options);
    sums.seeds += 1;
    for (const name of ['records', 'processes', 'steps', 'checkpoints', 'readAgain', 'bounded'] as const)
      sums[name] += simulation[name];
    sums.kills += simulation.kills.length;
    for (const moment of simulation.kills) killedAt[moment] = (killedAt[moment] ?? 0) + 1;
    for (const [code, times] of simulation.endings) endings[code] = (endings[code] ?? 0) + times;
    if (simulation.faults.length > 0) failed.push(simulation);
    if (failed.length >= (range.mostFailures ?? 10)) break;
    if (performance.now() - told < 10_000) continue;
    told = performance.now();
    range.onProgress?.(sums.seeds, failed.length);
  }
  return { ...sums, killedAt, endings, failed };
}

export { simulate };

/** What a person needs to see a failure again. */
export function failureText(simulation: Simulation): string {
  const { seed, faults, trace } = simulation;
  return [
    `seed ${seed} failed, trace ${trace.slice(0, 16)}:`,
    ...faults.slice(0, 5).map((fault) => `  ${fault}`),
    `  see it again: node scripts/simulate.mjs --seed ${seed}`,
    `  or in the test: SIMULATOR_SEED=${seed} npx vitest run --project core test/simulator/simulator.test.ts`,
  ].join('\n');
}
