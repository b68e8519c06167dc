import { kindSymbol } from './kind.js';

/** A UUID, as its 16 bytes in the order of its text. */
export class UuidValue {
  declare readonly [kindSymbol]: 'uuid';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    requireLength('uuid', bytes, 16);
    this.bytes = bytes;
  }
}

/** A version 1 UUID in a store that orders it by its time, as its 16 bytes in the order of its text. */
export class TimeuuidValue {
  declare readonly [kindSymbol]: 'timeuuid';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    requireLength('timeuuid', bytes, 16);
    this.bytes = bytes;
  }
}

/** A 12-byte identifier made of seconds, a random part and a count. */
export class ObjectIdValue {
  declare readonly [kindSymbol]: 'objectId';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    requireLength('objectId', bytes, 12);
    this.bytes = bytes;
  }
}

for (const [type, kind] of [
  [UuidValue, 'uuid'],
  [TimeuuidValue, 'timeuuid'],
  [ObjectIdValue, 'objectId'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}

const hexadecimalPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The lower-case hexadecimal text of bytes. */
export function hexadecimal(bytes: Uint8Array): string {
  if (bytes.byteLength > 16) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  let text = '';
  for (let index = 0; index < bytes.length; index += 1) text += hexadecimalPairs[bytes[index] as number];
  return text;
}

/** The usual 8-4-4-4-12 text of a UUID. */
export function uuidText(value: UuidValue | TimeuuidValue): string {
  const text = hexadecimal(value.bytes);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}

/** The 16 bytes of a UUID's text, or undefined where the text is not one. */
export function uuidBytes(text: string): Uint8Array | undefined {
  if (text.length !== 36) return undefined;
  const bytes = new Uint8Array(16);
  let place = 0;
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) {
      if (text[place] !== '-') return undefined;
      place += 1;
    }
    const byte = (digitValue(text.charCodeAt(place)) << 4) | digitValue(text.charCodeAt(place + 1));
    if (byte < 0) return undefined;
    bytes[index] = byte;
    place += 2;
  }
  return bytes;
}

/** The number that a hexadecimal digit stands for, or -1. */
function digitValue(unit: number): number {
  if (unit >= 48 && unit <= 57) return unit - 48;
  const letter = unit | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function requireLength(kind: string, bytes: Uint8Array, length: number): void {
  if (bytes.byteLength !== length) throw new RangeError(`a value of kind ${kind} has ${length} bytes`);
}
