import { type JourneyResult, steps } from './run-journey.js';

/** Whether a journey kept what is promised, and moved anything at all. */
export function holds({ records, violations }: JourneyResult): boolean {
  return records > 0 && violations.length === 0;
}

/** Journeys as a table of text, with what went wrong below it. */
export function tableOf(results: readonly JourneyResult[]): string {
  const header = ['pair', 'records', ...steps, 'conversions', ''];
  const rows = results.map((result) => [
    result.pair.replace('-', ' → '),
    result.records.toLocaleString('en'),
    ...steps.map((step) => `${(result.milliseconds[step] / 1000).toFixed(1)} s`),
    result.conversions.toLocaleString('en'),
    holds(result) ? 'equal, all listed' : 'VIOLATED',
  ]);
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isText = (column: number): boolean => column === 0 || column === header.length - 1;
  const text = lines.map((line) =>
    line
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const violations = results.flatMap(({ pair, seed, violations: found }) =>
    found.map((one) => `${pair} (seed ${seed}): ${one}`),
  );
  return [...text, ...(violations.length > 0 ? ['', ...violations] : [])].join('\n');
}
