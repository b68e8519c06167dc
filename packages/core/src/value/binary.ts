import { kindSymbol } from './kind.js';

/** Bytes, with the subtype, 0 to 255, that some stores keep beside them (0 where a store has none). */
export class BinaryValue {
  declare readonly [kindSymbol]: 'binary';
  readonly bytes: Uint8Array;
  readonly subtype: number;
  constructor(bytes: Uint8Array, subtype: number = 0) {
    if (!(subtype >= 0 && subtype <= 255 && Number.isInteger(subtype))) {
      throw new RangeError('the subtype of a binary is an integer from 0 to 255');
    }
    this.bytes = bytes;
    this.subtype = subtype;
  }
}

Object.defineProperty(BinaryValue.prototype, kindSymbol, { value: 'binary' });
