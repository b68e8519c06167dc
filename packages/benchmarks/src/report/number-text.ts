import type { Spread } from '../benchmark.js';

/** A number with digits in groups of three, such as `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A spread as `median (least–largest)`, each with so many digits after the point. */
export function spreadText(spread: Spread, digits: number): string {
  const text = (value: number): string => (digits === 0 ? grouped(value) : value.toFixed(digits));
  return `${text(spread.median)} (${text(spread.least)}–${text(spread.most)})`;
}

/** Bytes as MiB. */
export function mebibytes(bytes: number): string {
  return grouped(bytes / 1024 ** 2);
}
