import { parseArgs } from 'node:util';
import type { BenchmarkOptions } from './benchmark.js';
import { benchmarkNames } from './benchmarks.js';
import { dataSetNames } from './data/data-sets.js';

/** How the program is used. */
export const usage = `Usage: npm run bench -- <name>… [options]

Names: ${benchmarkNames.join(', ')}

  --records N       records to move (default 50,000; core 200,000, memory 1,000,000)
  --rounds N        how often everything is measured in turn (default 5)
  --data NAME       ${dataSetNames.join(', ')} (default generated)
  --warm-up N       most seconds for warming up one server (default 90)
  --profile         also writes a processor profile of the pipeline and says where its time goes
  --results FOLDER  where JSON and Markdown go (default packages/benchmarks/results)
  --update-docs     puts the table into docs/performance.md

MONGODB_URI names a MongoDB server to measure with instead of the one that is started.`;

/** What a person asked for on the command line. */
export interface CommandLine {
  readonly names: readonly string[];
  readonly options: Omit<BenchmarkOptions, 'profileFolder' | 'records'>;
  /** Undefined where the benchmark's own default holds. */
  readonly records: number | undefined;
  readonly profile: boolean;
  readonly results: string | undefined;
  readonly updateDocs: boolean;
}

/** A command line that cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Understands the arguments; throws a {@link UsageError}. */
export function parseCommandLine(programArguments: readonly string[]): CommandLine {
  const { values, positionals } = parsed(programArguments);
  const unknown = positionals.find((name) => !benchmarkNames.includes(name));
  if (positionals.length === 0) throw new UsageError('Name at least one benchmark.');
  if (unknown !== undefined) throw new UsageError(`There is no benchmark "${unknown}".`);
  if (!dataSetNames.includes(values.data)) throw new UsageError(`There is no data set "${values.data}".`);
  return {
    names: positionals,
    records: values.records === undefined ? undefined : wholeNumber('--records', values.records),
    options: {
      rounds: wholeNumber('--rounds', values.rounds),
      dataSet: values.data,
      warmUpSeconds: wholeNumber('--warm-up', values['warm-up'], 0),
    },
    profile: values.profile,
    results: values.results,
    updateDocs: values['update-docs'],
  };
}

function parsed(programArguments: readonly string[]) {
  try {
    return parseArgs({
      args: [...programArguments],
      allowPositionals: true,
      options: {
        records: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        data: { type: 'string', default: 'generated' },
        'warm-up': { type: 'string', default: '90' },
        profile: { type: 'boolean', default: false },
        results: { type: 'string' },
        'update-docs': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string, least: number = 1): number {
  const value = Number(text.replaceAll(/[,_]/g, ''));
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${name} takes a whole number from ${least}, not "${text}".`);
}
