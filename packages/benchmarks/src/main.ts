import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchmarkNamed } from './benchmarks.js';
import { type CommandLine, parseCommandLine, UsageError, usage } from './command-line.js';
import { createLegRunner } from './leg/run-leg.js';
import { serveLeg } from './leg/serve-leg.js';
import { profileTable } from './profile/profile-table.js';
import { updateSection } from './report/documentation.js';
import { thisMachine } from './report/machine.js';
import { type BenchmarkReport, reportMarkdown, writeReport } from './report/report-file.js';
import { packageVersions } from './report/versions.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const documentation = join(packageFolder, '..', '..', 'docs', 'performance.md');

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function measure(name: string, command: CommandLine, signal: AbortSignal): Promise<void> {
  const benchmark = await benchmarkNamed(name);
  const results = resolve(command.results ?? join(packageFolder, 'results'));
  await mkdir(results, { recursive: true });
  const profileFolder = command.profile ? await mkdtemp(join(results, 'profile-')) : undefined;
  const options = { ...command.options, records: command.records ?? benchmark.defaultRecords, profileFolder };
  const startedAt = new Date().toISOString();
  const machine = thisMachine();
  const outcome = await benchmark.run({
    options,
    runLeg: createLegRunner(fileURLToPath(import.meta.url), signal),
    say,
  });
  const report: BenchmarkReport = {
    benchmark: name,
    startedAt,
    machine,
    versions: packageVersions(),
    options,
    outcome,
  };
  const path = await writeReport(results, report);
  process.stdout.write(`${reportMarkdown(report)}\n`);
  if (profileFolder !== undefined) process.stdout.write(`${await profileTable(profileFolder)}\n`);
  say(`written to ${path}`);
  if (command.updateDocs) await updateSection(documentation, name, reportMarkdown(report));
}

async function main(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`ended by ${signal}`)));
  }
  for (const name of command.names) await measure(name, command, interrupted.signal);
}

if (process.argv[2] === 'leg') {
  serveLeg(async (benchmark) => (await benchmarkNamed(benchmark)).legs);
} else {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    say(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
}
