import { parseArgs } from 'node:util';

const storeIds = ['mongodb', 'cassandra', 'firestore', 'realtime'] as const;
export type StoreId = (typeof storeIds)[number];

/** Two different stores, the first one read from. */
export type Pair = readonly [source: StoreId, target: StoreId];

/** Every pair of two different stores. */
export const everyPair: readonly Pair[] = storeIds.flatMap((source) =>
  storeIds.filter((target) => target !== source).map((target) => [source, target] as const),
);

export const usage = `Usage: npm run pairs -- [options]

  --pair A-B      one pair of ${storeIds.join(', ')} (default: all twelve)
  --ring          four real data sets around MongoDB, Cassandra, Firestore and the Realtime Database instead
  --records N     records of each pair (1,000), or at most so many of each data set (all)
  --seed N        what they are generated from (default: the time)

Prints one table. Ends with 1 where anything came back as another thing, or changed without the plan saying so.`;

/** What a person asked for. */
export interface CommandLine {
  readonly pairs: readonly Pair[];
  /** Whether real data go around the stores instead. */
  readonly ring: boolean;
  readonly records: number;
  readonly seed: number;
}

/** A command line that cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Understands the arguments. Throws a {@link UsageError}. */
export function parseCommandLine(programArguments: readonly string[], now: number): CommandLine {
  const { pair, records, ring = false, seed } = parsed(programArguments);
  return {
    pairs: pair === undefined ? everyPair : [pairNamed(pair)],
    ring,
    records: wholeNumber('--records', records, ring ? Number.MAX_SAFE_INTEGER : 1000),
    seed: wholeNumber('--seed', seed, now % 1_000_000_000),
  };
}

function parsed(programArguments: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = { pair: text, records: text, ring: { type: 'boolean' }, seed: text } as const;
    return parseArgs({ args: [...programArguments], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function pairNamed(name: string): Pair {
  const pair = everyPair.find(([source, target]) => `${source}-${target}` === name);
  if (pair === undefined)
    throw new UsageError(`--pair: "${name}" is not two different ones of ${storeIds.join(', ')}.`);
  return pair;
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll(/[,_]/g, ''));
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new UsageError(`${name} takes a whole number from 1, not "${text}".`);
}
