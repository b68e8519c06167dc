import { parseArgs } from 'node:util';
import { pairNamed } from './store/pair.js';
import { stores } from './store/stores.js';

/** The drills there are, in the order of `all`. */
export const drillNames = ['simulate', 'kill', 'faults', 'servers', 'hooks', 'verify'] as const;

/** A drill's name. */
export type DrillName = (typeof drillNames)[number];

/** The pairs of drills where none is named. */
const defaultPairs: readonly string[] = ['mongodb-cassandra', 'cassandra-mongodb'];

/** How the program is used. */
export const usage = `Usage: npm run drill -- <drill> [options]

  all        every drill below
  simulate   the pipeline in a simulated world, killed at any await
  kill       processes of the command line, killed with SIGKILL and resumed
  faults     connections that break, hang, crawl and lose replies; targets that refuse
  servers    servers killed in the middle of a run, and started again
  hooks      faults thrown from every function of a connector
  verify     differences planted into equal sides

  --quick         few and small: what CI runs
  --pair A-B      one pair, such as mongodb-cassandra of ${stores.map(({ name }) => name).join(', ')} (default: ${defaultPairs.join(' and ')})
  --records N     records of a kill drill (100,000; quick 3,000)
  --kills N       kills of each pair (200; quick 20)
  --batch-records N  records that the killed processes read at a time (their own default; quick 250)
  --seeds N       seeds of the simulator (100,000; quick 500)
  --seed N        what kill points, refusals and planted differences are drawn from (default: the time)

Prints one table. Ends with 1 where a promise was not kept.`;

/** What a person asked for. */
export interface CommandLine {
  readonly drills: readonly DrillName[];
  readonly pairs: readonly string[];
  readonly quick: boolean;
  readonly records: number;
  readonly kills: number;
  /** Undefined for the default of the command line that is killed. */
  readonly batchRecords: number | undefined;
  readonly seeds: number;
  readonly seed: number;
}

/** A command line that cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Understands the arguments. Throws a {@link UsageError}. */
export function parseCommandLine(programArguments: readonly string[], now: number): CommandLine {
  const { values, positionals } = parsed(programArguments);
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Name one drill, or `all`.');
  const drills = drillNames.filter((one) => name === 'all' || name === one);
  if (drills.length === 0) throw new UsageError(`There is no drill "${name}".`);
  const { quick } = values;
  return {
    drills,
    pairs: values.pair === undefined ? defaultPairs : [checkedPair(values.pair)],
    quick,
    records: wholeNumber('--records', values.records, quick ? 3000 : 100_000),
    kills: wholeNumber('--kills', values.kills, quick ? 20 : 200),
    batchRecords: batchRecordsIn(values['batch-records'], quick),
    seeds: wholeNumber('--seeds', values.seeds, quick ? 500 : 100_000),
    seed: wholeNumber('--seed', values.seed, now % 1_000_000_000),
  };
}

function checkedPair(name: string): string {
  try {
    pairNamed(name);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--pair: ${error.message}.`);
    throw error;
  }
  return name;
}

function parsed(programArguments: readonly string[]) {
  try {
    return parseArgs({
      args: [...programArguments],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        pair: { type: 'string' },
        records: { type: 'string' },
        kills: { type: 'string' },
        'batch-records': { type: 'string' },
        seeds: { type: 'string' },
        seed: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A few records are in the first batch of each partition already, unless batches are small. */
function batchRecordsIn(text: string | undefined, quick: boolean): number | undefined {
  return text === undefined && !quick ? undefined : wholeNumber('--batch-records', text, 250);
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll(/[,_]/g, ''));
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${name} takes a whole number from 1, not "${text}".`);
}
