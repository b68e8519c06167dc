import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CommandLine, parseCommandLine, UsageError, usage } from './command-line.js';
import { holds, tableOf } from './journey/journey-table.js';
import { type JourneyResult, runJourney } from './journey/run-journey.js';
import { type RingResult, realDataNames, ringTable, runRing } from './ring/run-ring.js';
import { StoreSet } from './store/store-set.js';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function goThereAndBack(
  { pairs, records, seed }: CommandLine,
  stores: StoreSet,
  folder: string,
): Promise<boolean> {
  const results: JourneyResult[] = [];
  for (const [source, target] of pairs) {
    say(`${source} → ${target}: ${records.toLocaleString('en')} records, seed ${seed}`);
    const [from, to] = [await stores.get(source), await stores.get(target)];
    results.push(await runJourney({ source: from, target: to, records, seed, folder }));
  }
  process.stdout.write(`${tableOf(results)}\n`);
  return results.length > 0 && results.every(holds);
}

async function goAround({ records }: CommandLine, stores: StoreSet, folder: string): Promise<boolean> {
  const start = await stores.mongodb();
  const others = [await stores.get('cassandra'), await stores.get('firestore'), await stores.get('realtime')];
  const results: RingResult[] = [];
  for (const name of realDataNames) {
    say(`${name}: around`);
    results.push(await runRing({ name, most: records, start, others, folder }));
  }
  process.stdout.write(`${ringTable(results)}\n`);
  return results.every(({ records: moved, violations }) => moved > 0 && violations.length === 0);
}

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2), Date.now());
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-pairs-'));
  try {
    await using stores = new StoreSet();
    process.exitCode = (await (command.ring
      ? goAround(command, stores, folder)
      : goThereAndBack(command, stores, folder)))
      ? 0
      : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
