/** Random choices that a seed repeats. */
export interface SeededChoice {
  /** A number from 0 up to but not including 1. */
  fraction(): number;
  /** A whole number from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number;
  /** A whole number of so many bits, the highest one its sign. */
  signed(bits: number): bigint;
  pick<Item>(items: readonly Item[]): Item;
  bytes(length: number): Uint8Array;
  /** Text of up to eight characters, awkward ones among them. */
  text(): string;
  /** Up to so many of whatever the function makes. */
  several<Item>(maximum: number, make: () => Item): readonly Item[];
}

const awkwardTexts = [
  '',
  ' ',
  'NaN',
  '5',
  'null',
  '@dm',
  '{"@dm":"int64","v":"5"}',
  '2020-01-01T00:00:00.000Z',
  '507f1f77bcf86cd799439011',
  'it\'s $$ \\ "; DROP TABLE x',
  '\u2028',
  '.value',
];
const characters = [...Array.from('abcXYZ019 .$#[]/%_~-"\'\\\n'), 'é', 'e\u0301', '日', '😀'];

/** Choices by the generator mulberry32 (https://gist.github.com/tommyettinger/46a874533244883189143505d203312c). */
export function seededChoice(seed: number): SeededChoice {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (minimum: number, maximum: number): number =>
    minimum + Math.floor(fraction() * (maximum - minimum + 1));
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('there is nothing to choose from');
    return item;
  };
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => integer(0, 255));
  return {
    fraction,
    integer,
    pick,
    bytes,
    signed(bits) {
      let value = 0n;
      for (const byte of bytes(Math.ceil(bits / 8))) value = value * 256n + BigInt(byte);
      return BigInt.asIntN(bits, value);
    },
    text: () =>
      fraction() < 0.2 ? pick(awkwardTexts) : Array.from({ length: integer(0, 8) }, () => pick(characters)).join(''),
    several: (maximum, make) => Array.from({ length: integer(0, maximum) }, make),
  };
}
