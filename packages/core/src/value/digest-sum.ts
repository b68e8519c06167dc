import { DatamigratoError } from '../error/datamigrato-error.js';

/** What a digest has counted: plain JSON that can be stored, merged and compared. */
export interface DigestState {
  /** 64 lower-case hexadecimal digits. */
  readonly sum: string;
  /** How many records. */
  readonly count: number;
}

const limbs = 16;
const limbSize = 65536;

/** A sum of 256-bit numbers modulo 2^256. */
export class DigestSum {
  /** Big-endian, 16 bits each. Carries wait until the value is wanted: a limb takes 2^37 additions before it would lose a bit. */
  readonly #limbs = new Float64Array(limbs);
  #count = 0;

  /** Adds a number of 32 characters, a byte each. */
  add(bytes: string): void {
    const sum = this.#limbs;
    for (let index = 0; index < limbs; index += 1) {
      sum[index] = (sum[index] as number) + (bytes.charCodeAt(2 * index) << 8) + bytes.charCodeAt(2 * index + 1);
    }
    this.#count += 1;
  }

  subtract(bytes: string): void {
    const sum = this.#limbs;
    for (let index = 0; index < limbs; index += 1) {
      sum[index] = (sum[index] as number) - (bytes.charCodeAt(2 * index) << 8) - bytes.charCodeAt(2 * index + 1);
    }
    this.#count -= 1;
  }

  merge(state: DigestState): void {
    if (!/^[0-9a-f]{64}$/.test(state.sum) || !Number.isSafeInteger(state.count)) {
      throw new DatamigratoError({
        code: 'DM_DIGEST_INVALID',
        category: 'usage',
        message: 'a stored digest is not 64 hexadecimal digits and a count',
        nextStep: 'Restore the file that it came from, or start the migration anew.',
      });
    }
    for (let index = 0; index < limbs; index += 1) {
      const limb = Number.parseInt(state.sum.slice(4 * index, 4 * index + 4), 16);
      this.#limbs[index] = (this.#limbs[index] as number) + limb;
    }
    this.#count += state.count;
  }

  value(): DigestState {
    let carry = 0;
    let sum = '';
    for (let index = limbs - 1; index >= 0; index -= 1) {
      const limb = (this.#limbs[index] as number) + carry;
      carry = Math.floor(limb / limbSize);
      const digit = limb - carry * limbSize;
      this.#limbs[index] = digit;
      sum = digit.toString(16).padStart(4, '0') + sum;
    }
    return { sum, count: this.#count };
  }
}
