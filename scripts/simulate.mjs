/**
 * Runs the simulator of the pipeline: `node scripts/simulate.mjs [--seeds 2000] [--from 0] [--seed one]`.
 * Ends with 1 where a seed failed.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
  },
});
const path = fileURLToPath(new URL('../packages/core/test/simulator/run.ts', import.meta.url));
const { module } = await runnerImport(path, { configFile: false, logLevel: 'error' });
const { failureText, simulate, simulateSeeds } = module;

if (values.seed === undefined) {
  const started = performance.now();
  const { failed, ...sums } = await simulateSeeds({
    from: Number(values.from),
    count: Number(values.seeds),
    onProgress: (done, failures) => process.stderr.write(`${done} of ${values.seeds} seeds, ${failures} failed\n`),
  });
  for (const simulation of failed) process.stdout.write(`${failureText(simulation)}\n`);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ ...sums, failed: failed.length, seconds })}\n`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} else {
  const { lines, ...rest } = await simulate(Number(values.seed), { keepLines: true });
  process.stdout.write(`${lines.join('\n')}\n${rest.faults.length > 0 ? failureText(rest) : 'nothing found wrong'}\n`);
  process.exitCode = rest.faults.length > 0 ? 1 : 0;
}
