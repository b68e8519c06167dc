import { randomInt } from 'node:crypto';

/** Letters and digits that nobody confuses when reading them aloud. */
const alphabet = 'abcdefghjkmnpqrstvwxyz23456789';

/** A new name for a run: the day and four letters, such as `2026-11-24-k7mw`; sorts by day and can be typed. */
export function newRunId(wallClock: number): string {
  const letters = Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${new Date(wallClock).toISOString().slice(0, 10)}-${letters}`;
}
