import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchmarkOptions, BenchmarkOutcome } from '../benchmark.js';
import { type Machine, machineText } from './machine.js';
import { markdownTable } from './table.js';

/** One benchmark, measured. */
export interface BenchmarkReport {
  readonly benchmark: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly machine: Machine;
  /** Versions of what takes part, by package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly options: BenchmarkOptions;
  readonly outcome: BenchmarkOutcome;
}

/** The report as Markdown: what, where, when, the table, and how to read it. */
export function reportMarkdown(report: BenchmarkReport): string {
  const { benchmark, outcome } = report;
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `### ${benchmark}`,
    '',
    `${report.startedAt.slice(0, 10)}: ${outcome.title}; ${outcome.method}.`,
    '',
    markdownTable(outcome.table),
    '',
    `${[...outcome.stores, ...versions].join(', ')}; ${machineText(report.machine)}; load before the start ${report.machine.load.toFixed(1)}.`,
    ...outcome.notes.flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

/** Writes `<benchmark>-<time>.json` and `.md` into a folder that exists, and returns the path of the latter. */
export async function writeReport(folder: string, report: BenchmarkReport): Promise<string> {
  const name = `${report.benchmark}-${report.startedAt.replaceAll(/[:.]/g, '-')}`;
  await writeFile(
    join(folder, `${name}.json`),
    `${JSON.stringify({ schema: 'datamigrato.benchmark/1', ...report }, null, 2)}\n`,
  );
  const markdown = join(folder, `${name}.md`);
  await writeFile(markdown, reportMarkdown(report));
  return markdown;
}
