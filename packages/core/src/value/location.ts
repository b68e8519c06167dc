import { kindSymbol } from './kind.js';

/** A point on Earth, in degrees. Latitude comes first here; a store that wants longitude first swaps in its codec. */
export class GeoPointValue {
  declare readonly [kindSymbol]: 'geoPoint';
  readonly latitude: number;
  readonly longitude: number;
  constructor(latitude: number, longitude: number) {
    this.latitude = latitude;
    this.longitude = longitude;
  }
}

/** A link to another record, as the path that its store gives it. */
export class ReferenceValue {
  declare readonly [kindSymbol]: 'reference';
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

/** A fixed-length list of floating-point numbers; the type of the array says whether they have 32 or 64 bits. */
export class VectorValue {
  declare readonly [kindSymbol]: 'vector';
  readonly elements: Float32Array | Float64Array;
  constructor(elements: Float32Array | Float64Array) {
    this.elements = elements;
  }
}

/** An IPv4 or IPv6 address, as its 4 or 16 bytes. */
export class InetValue {
  declare readonly [kindSymbol]: 'inet';
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    if (bytes.byteLength !== 4 && bytes.byteLength !== 16) throw new RangeError('an inet address has 4 or 16 bytes');
    this.bytes = bytes;
  }
}

for (const [type, kind] of [
  [GeoPointValue, 'geoPoint'],
  [ReferenceValue, 'reference'],
  [VectorValue, 'vector'],
  [InetValue, 'inet'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}
