/** One line of the table: what was tried, and what came of it. */
export interface DrillResult {
  readonly drill: string;
  /** How often the thing was tried: kills, faults, seeds, planted differences. */
  readonly tried: number;
  /** Records that are missing or not what they should be. */
  readonly lost: number;
  /** Records too many. */
  readonly duplicated: number;
  /** Wrong answers: a verdict, an exit code, a report that says what is not so. */
  readonly false: number;
  readonly milliseconds: number;
  /** What else was measured, such as `re-read 0.4 % per kill`. */
  readonly measured: string;
  /** Everything that is against the promise, in words. Empty where it holds. */
  readonly violations: readonly string[];
}

/** Whether a drill kept what is promised, and tried anything at all. */
export function holds({ tried, lost, duplicated, false: wrong, violations }: DrillResult): boolean {
  return tried > 0 && lost === 0 && duplicated === 0 && wrong === 0 && violations.length === 0;
}

/** Results as a table of text. */
export function tableOf(results: readonly DrillResult[]): string {
  const header = ['drill', 'tried', 'lost', 'duplicated', 'false', 'time', ''];
  const rows = results.map((result) => [
    result.drill,
    ...[result.tried, result.lost, result.duplicated, result.false].map((count) => count.toLocaleString('en')),
    `${(result.milliseconds / 1000).toFixed(1)} s`,
    [holds(result) ? '' : 'VIOLATED', result.measured].filter((text) => text !== '').join(' '),
  ]);
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === 6 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const violations = results.flatMap(({ drill, violations: found }) => found.map((one) => `${drill}: ${one}`));
  return [...text, ...(violations.length > 0 ? ['', ...violations] : [])].join('\n');
}
