/** 16-byte partition keys with a wanted token: the hash of one block can be turned round step by step. */

const mask = 2n ** 64n - 1n;
const factor1 = 0x87c37b91114253d5n;
const factor2 = 0x4cf5ad432745937fn;
const mix1 = 0xff51afd7ed558ccdn;
const mix2 = 0xc4ceb9fe1a85ec53n;

const wrap = (value: bigint): bigint => value & mask;
const rotateRight = (value: bigint, bits: bigint): bigint => wrap((value >> bits) | (value << (64n - bits)));

/** The inverse of an odd number modulo 2^64, by Newton's iteration. */
function inverse(odd: bigint): bigint {
  let result = odd;
  for (let step = 0; step < 6; step += 1) result = wrap(result * (2n - odd * result));
  return result;
}

/** `fmix64`, which ends the hash. */
function finalMix(value: bigint): bigint {
  let mixed = value ^ (value >> 33n);
  mixed = wrap(mixed * mix1);
  mixed ^= mixed >> 33n;
  mixed = wrap(mixed * mix2);
  return mixed ^ (mixed >> 33n);
}

function undoFinalMix(mixed: bigint): bigint {
  // A shift by more than half of the bits undoes itself.
  let value = mixed ^ (mixed >> 33n);
  value = wrap(value * inverse(mix2));
  value ^= value >> 33n;
  value = wrap(value * inverse(mix1));
  return value ^ (value >> 33n);
}

/** A key with this token. Different `variant`s give different keys. */
export function keyWithToken(token: bigint, variant: bigint): Buffer {
  const length = 16n;
  // The token is the sum of two mixed halves: one is free.
  const mixedSecond = finalMix(wrap(variant * 0x9e3779b97f4a7c15n + 1n));
  const mixedFirst = wrap(token - mixedSecond);
  const sumFirst = undoFinalMix(mixedFirst);
  const sumSecond = undoFinalMix(mixedSecond);
  // sumFirst = first + second, sumSecond = sumFirst + second.
  const second = wrap(sumSecond - sumFirst);
  const first = wrap(sumFirst - second);
  const hash1 = first ^ length;
  const hash2 = second ^ length;
  // One round of the body, from zero: hash1 = (rotl(k1', 27) + 0) * 5 + c, hash2 = (rotl(k2', 31) + hash1) * 5 + d.
  const block1 = rotateRight(wrap((hash1 - 0x52dce729n) * inverse(5n)), 27n);
  const block2 = rotateRight(wrap(wrap((hash2 - 0x38495ab5n) * inverse(5n)) - hash1), 31n);
  const key1 = wrap(rotateRight(wrap(block1 * inverse(factor2)), 31n) * inverse(factor1));
  const key2 = wrap(rotateRight(wrap(block2 * inverse(factor1)), 33n) * inverse(factor2));
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(key1, 0);
  bytes.writeBigUInt64LE(key2, 8);
  return bytes;
}
