import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, UsageError, usage } from './command-line.js';
import { holds, tableOf } from './journey/journey-table.js';
import { type JourneyResult, runJourney } from './journey/run-journey.js';
import { StoreSet } from './store/store-set.js';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { pairs, records, seed } = parseCommandLine(process.argv.slice(2), Date.now());
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-pairs-'));
  try {
    await using stores = new StoreSet();
    const results: JourneyResult[] = [];
    for (const [source, target] of pairs) {
      say(`${source} → ${target}: ${records.toLocaleString('en')} records, seed ${seed}`);
      const [from, to] = [await stores.get(source), await stores.get(target)];
      results.push(await runJourney({ source: from, target: to, records, seed, folder }));
    }
    process.stdout.write(`${tableOf(results)}\n`);
    process.exitCode = results.length > 0 && results.every(holds) ? 0 : 1;
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
