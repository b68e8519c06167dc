import { htmlText } from './html-text.js';

/** One line of a chart, a value for each stretch of time. */
interface ChartLine {
  readonly name: string;
  /** Class of the line in the page's style. */
  readonly style: 'first' | 'second';
  /** Null where there is nothing to be shown. */
  readonly values: readonly (number | null)[];
}

/** Lines over time, drawn as SVG. */
export interface LineChart {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Milliseconds of one stretch. */
  readonly step: number;
  /** Places, as indexes of stretches, with what happened there. */
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly valueText: (value: number) => string;
  readonly timeText: (milliseconds: number) => string;
}

const width = 720;
const height = 200;
const left = 64;
const right = 12;
const top = 12;
const bottom = 28;

/** The chart as a figure with a legend. Nothing in it needs a script; each point says its value where a pointer rests. */
export function lineChart({ title, lines, step, marks, valueText, timeText }: LineChart): string {
  const length = Math.max(1, ...lines.map(({ values }) => values.length));
  const greatest = niceCeiling(Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const x = (index: number): number => left + ((index + 0.5) / length) * (width - left - right);
  const y = (value: number): number => top + (1 - value / greatest) * (height - top - bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(greatest * share).toFixed(1);
    return `<line class="grid" x1="${left}" x2="${width - right}" y1="${at}" y2="${at}"/><text class="axis" x="${left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${htmlText(valueText(greatest * share))}</text>`;
  });
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = (left + share * (width - left - right)).toFixed(1);
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle';
    return `<text class="axis" x="${at}" y="${height - 8}" text-anchor="${anchor}">${htmlText(timeText(share * length * step))}</text>`;
  });
  const drawn = lines.map(
    ({ style, values }) =>
      `<path class="line ${style}" d="${path(values, x, y)}"/>${values
        .map((value, index) =>
          value === null
            ? ''
            : `<circle class="point ${style}" cx="${x(index).toFixed(1)}" cy="${y(value).toFixed(1)}" r="${length > 60 ? 2 : 3}"><title>${htmlText(`${timeText(index * step)}: ${valueText(value)}`)}</title></circle>`,
        )
        .join('')}`,
  );
  const marked = marks.map(
    ({ at, text }) =>
      `<line class="mark" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${top}" y2="${height - bottom}"><title>${htmlText(text)}</title></line>`,
  );
  const legend = [
    ...lines.map(({ name, style }) => `<span class="key ${style}">${htmlText(name)}</span>`),
    ...[...new Set(marks.map(({ text }) => text))]
      .slice(0, 3)
      .map((text) => `<span class="key mark">${htmlText(text)}</span>`),
  ].join(' ');
  return `<figure><figcaption>${htmlText(title)} ${legend}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${htmlText(title)}">
${[...grid, ...times, ...marked, ...drawn].join('\n')}
</svg></figure>`;
}

/** A line through neighbouring values, which begins anew after each gap. */
function path(values: readonly (number | null)[], x: (index: number) => number, y: (value: number) => number): string {
  let text = '';
  let isDown = false;
  for (const [index, value] of values.entries()) {
    if (value !== null) text += `${isDown ? 'L' : 'M'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    isDown = value !== null;
  }
  return text;
}

/** The least of 1, 2, 4, 5, 8 and 10 times a power of ten that is not below a value. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 5, 8, 10].find((one) => one * power >= value) ?? 10;
  return factor * power;
}
