import { randomInt } from 'node:crypto';

const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/** Gives names for new children: 20 characters, in order of time, and in order of making within a millisecond. */
export class PushIds {
  #lastTime = 0;
  #lastRandom: number[] = [];

  next(now: number): string {
    if (now === this.#lastTime) increment(this.#lastRandom);
    else this.#lastRandom = Array.from({ length: 12 }, () => randomInt(64));
    this.#lastTime = now;
    let time = '';
    for (let rest = now; time.length < 8; rest = Math.floor(rest / 64)) time = digits.charAt(rest % 64) + time;
    return time + this.#lastRandom.map((digit) => digits.charAt(digit)).join('');
  }
}

function increment(number: number[]): void {
  for (let at = number.length - 1; at >= 0; at -= 1) {
    const digit = number[at] ?? 0;
    number[at] = (digit + 1) % 64;
    if (digit < 63) return;
  }
}
