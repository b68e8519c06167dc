import { printable } from '../render/printable.js';

/** A foreign text inside HTML, in content as in a quoted attribute: nothing in it acts, and control characters stand as `?`. */
export function htmlText(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** One cell of a table: text, or a number that stands at the right. */
export type HtmlCell = string | { readonly number: string } | { readonly html: string };

/** A table; texts are escaped, and what is given as `html` is not. */
export function htmlTable(titles: readonly HtmlCell[], rows: readonly (readonly HtmlCell[])[]): string {
  const row = (cells: readonly HtmlCell[], tag: 'td' | 'th'): string =>
    `<tr>${cells.map((cell) => htmlCell(cell, tag)).join('')}</tr>`;
  const body = rows.map((cells) => row(cells, 'td')).join('\n');
  return `<div class="scroll"><table><thead>${row(titles, 'th')}</thead><tbody>\n${body}\n</tbody></table></div>`;
}

function htmlCell(cell: HtmlCell, tag: 'td' | 'th'): string {
  const scope = tag === 'th' ? ' scope="col"' : '';
  if (typeof cell === 'string') return `<${tag}${scope}>${htmlText(cell)}</${tag}>`;
  if ('html' in cell) return `<${tag}${scope}>${cell.html}</${tag}>`;
  return `<${tag}${scope} class="number">${htmlText(cell.number)}</${tag}>`;
}
