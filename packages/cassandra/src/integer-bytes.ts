/** The shortest two's complement bytes of an integer, most significant first: the form of `varint`. */
export function varintBytes(value: bigint): Buffer {
  // One bit more than the magnitude, for the sign.
  const magnitude = value < 0n ? -value - 1n : value;
  const length = (magnitude.toString(16).length * 4 + 1 + 7) >> 3;
  let text = BigInt.asUintN(length * 8, value).toString(16);
  text = text.padStart(length * 2, '0');
  const bytes = Buffer.from(text, 'hex');
  // Counting whole hexadecimal digits may have given one byte too many.
  const spare =
    bytes.length > 1 &&
    ((bytes[0] === 0 && (bytes[1] as number) < 0x80) || (bytes[0] === 0xff && (bytes[1] as number) >= 0x80));
  return spare ? bytes.subarray(1) : bytes;
}

/** A length as the variable-size unsigned integer that vectors have before elements of no fixed size: leading ones of the first byte count the bytes that follow. */
export function unsignedVint(value: number): Buffer {
  let extra = 0;
  while (extra < 7 && value >= 2 ** (7 * (extra + 1))) extra += 1;
  const bytes = Buffer.alloc(extra + 1);
  let rest = value;
  for (let index = extra; index > 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[0] = ((0xff00 >> extra) & 0xff) | rest;
  return bytes;
}
