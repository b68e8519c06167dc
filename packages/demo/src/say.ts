import { styleText } from 'node:util';

/** A line of the demonstration's own, set apart from what the commands print. */
export function say(text: string): void {
  process.stdout.write(`\n${styleText('cyan', '▌')} ${text}\n`);
}

/** A further line of the same. */
export function sayMore(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

/** `57,025`. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}
