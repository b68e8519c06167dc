import { cutToWidth, displayWidth, padToWidth, printable } from './printable.js';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. Default: left. */
  readonly align?: 'left' | 'right';
  /** Longer cells are cut. Default: 60. */
  readonly maximumWidth?: number;
}

/** A table as text: a line of titles, then the rows, two spaces between columns and none at the end of a line. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    columns.map((column, index) => cutToWidth(printable(row[index] ?? ''), column.maximumWidth ?? 60)),
  );
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => padToWidth(text, widths[index] ?? 0, columns[index]?.align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].join('\n');
}
