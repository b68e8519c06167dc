/**
 * Tries what a comparison finds: `node scripts/verify-drill.mjs [--records 1000000] [--differences 1000] [--clean 100] [--seed n]`.
 *
 * Compares two generated stores, first with differences planted in one of them, then as many times as asked for without any, and prints one line of JSON:
 * how many were found and invented, how long it took, and how much memory was in use at most, garbage aside. Ends with 1 where one was missed or invented.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    differences: { type: 'string', default: '1000' },
    clean: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const path = fileURLToPath(new URL('../packages/core/test/verify/verification-drill.ts', import.meta.url));
const { module } = await runnerImport(path, { configFile: false, logLevel: 'error' });
const { drill, generatedPair, plant, realRuntime, watchMemory } = module;
const [records, differences, clean, seed] = [values.records, values.differences, values.clean, values.seed].map(Number);

/** Compares, and measures every so often how much memory is in use, garbage aside. */
async function measured(compared, planted) {
  const every = Math.ceil((2 * records) / 1000 / 20);
  let batches = 0;
  const memory = watchMemory();
  const result = await drill(compared, planted, realRuntime, () => {
    batches += 1;
    if (batches % every === 0) memory.look();
  });
  return { ...result, mebibytes: memory.growth() };
}

const pair = await generatedPair(records);
const planted = plant(pair, differences, seed);
const dirty = await measured(pair, planted);
process.stderr.write(`${dirty.found} of ${planted.size} found, ${dirty.invented} invented\n`);

let falseRuns = 0;
let milliseconds = 0;
let mebibytes = 0;
for (let run = 1; run <= clean; run += 1) {
  const equal = await generatedPair(records);
  // Collecting garbage all the time costs time: the first clean run tells of memory, and the others of speed.
  const found = run === 1 ? await measured(equal, new Map()) : await drill(equal, new Map(), realRuntime);
  if (found.report.verdict !== 'equal' || found.invented > 0) falseRuns += 1;
  if (run === 1) mebibytes = found.mebibytes;
  else milliseconds += found.milliseconds;
  process.stderr.write(`clean run ${run} of ${clean}: ${found.report.verdict}\n`);
}

const { found, invented } = dirty;
process.stdout.write(
  `${JSON.stringify({
    seed,
    records,
    planted: planted.size,
    found,
    invented,
    secondsWithDifferences: Math.round(dirty.milliseconds / 100) / 10,
    mebibytesWithDifferences: dirty.mebibytes,
    cleanRuns: clean,
    falseRuns,
    mebibytesClean: mebibytes,
    recordsPerSecond: clean < 2 ? null : Math.round((2 * records * (clean - 1) * 1000) / milliseconds),
  })}\n`,
);
process.exitCode = found === planted.size && invented === 0 && falseRuns === 0 ? 0 : 1;
