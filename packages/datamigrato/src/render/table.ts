import { cutToWidth, displayWidth, padToWidth, printable, wrapToWidth } from './printable.js';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. Default: left. */
  readonly align?: 'left' | 'right';
  /** Longer cells are cut. Default: 60. */
  readonly maximumWidth?: number;
}

const between = '  ';

/** No column of text becomes narrower than this to make room. */
const leastWidth = 8;

/**
 * A table as text: a line of titles, then the rows, two spaces between columns and none at the end of a line.
 *
 * @param width - Columns that there are, without it lines may be of any length. A table that is wider has its widest columns of text narrowed, and their cells go on below.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string {
  const cells = rows.map((row) =>
    columns.map((column, index) => cutToWidth(printable(row[index] ?? ''), column.maximumWidth ?? 60)),
  );
  const natural = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[index] ?? ''))),
  );
  const widths = width === undefined ? natural : narrowed(columns, natural, width);
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => padToWidth(text, widths[index] ?? 0, columns[index]?.align))
      .join(between)
      .trimEnd();
  const lines = (row: readonly string[]): readonly string[] => {
    const wrapped = row.map((text, index) => wrapToWidth(text, widths[index] ?? 0));
    const height = Math.max(...wrapped.map((parts) => parts.length));
    return Array.from({ length: height }, (_, at) => line(wrapped.map((parts) => parts[at] ?? '')));
  };
  return [line(columns.map(({ title }) => title)), ...cells.flatMap(lines)].join('\n');
}

/** Takes from the widest column of text, one by one, until the table fits or nothing is left to take. */
function narrowed(columns: readonly Column[], natural: readonly number[], available: number): readonly number[] {
  const widths = [...natural];
  const least = columns.map(({ title, align }, index) =>
    align === 'right' ? (natural[index] ?? 0) : Math.max(leastWidth, displayWidth(title)),
  );
  let excess = widths.reduce((sum, width) => sum + width + between.length, -between.length) - available;
  while (excess > 0) {
    const spare = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}
