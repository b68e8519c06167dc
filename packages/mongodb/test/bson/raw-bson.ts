/** A value as its BSON type and bytes, written by hand so that tests of the codec do not rest on the codec. */
export interface RawValue {
  readonly type: number;
  readonly bytes: Buffer;
}

export type RawFields = readonly (readonly [name: string | Buffer, value: RawValue])[];

export const rawDocument = (fields: RawFields): Buffer => {
  const elements = fields.map(([name, value]) =>
    Buffer.concat([Buffer.of(value.type), Buffer.from(name), Buffer.of(0), value.bytes]),
  );
  const length = elements.reduce((sum, element) => sum + element.length, 5);
  return Buffer.concat([int32Bytes(length), ...elements, Buffer.of(0)]);
};

export const raw = {
  double: (value: number): RawValue => ({ type: 0x01, bytes: doubleBytes(value) }),
  string: (text: string): RawValue => ({ type: 0x02, bytes: textBytes(Buffer.from(text)) }),
  stringBytes: (bytes: Buffer): RawValue => ({ type: 0x02, bytes: textBytes(bytes) }),
  document: (fields: RawFields): RawValue => ({ type: 0x03, bytes: rawDocument(fields) }),
  array: (elements: readonly RawValue[]): RawValue => ({
    type: 0x04,
    bytes: rawDocument(elements.map((element, index) => [String(index), element])),
  }),
  binary: (subtype: number, bytes: Uint8Array): RawValue => {
    const payload = subtype === 2 ? Buffer.concat([int32Bytes(bytes.length), bytes]) : bytes;
    return { type: 0x05, bytes: Buffer.concat([int32Bytes(payload.length), Buffer.of(subtype), payload]) };
  },
  undefined: { type: 0x06, bytes: Buffer.alloc(0) } as RawValue,
  objectId: (hex: string): RawValue => ({ type: 0x07, bytes: Buffer.from(hex, 'hex') }),
  boolean: (value: boolean): RawValue => ({ type: 0x08, bytes: Buffer.of(value ? 1 : 0) }),
  date: (milliseconds: bigint): RawValue => ({ type: 0x09, bytes: int64Bytes(milliseconds) }),
  null: { type: 0x0a, bytes: Buffer.alloc(0) } as RawValue,
  regularExpression: (pattern: string, options: string): RawValue => ({
    type: 0x0b,
    bytes: Buffer.from(`${pattern}\0${options}\0`),
  }),
  pointer: (namespace: string, hex: string): RawValue => ({
    type: 0x0c,
    bytes: Buffer.concat([textBytes(Buffer.from(namespace)), Buffer.from(hex, 'hex')]),
  }),
  code: (source: string): RawValue => ({ type: 0x0d, bytes: textBytes(Buffer.from(source)) }),
  symbol: (text: string): RawValue => ({ type: 0x0e, bytes: textBytes(Buffer.from(text)) }),
  codeWithScope: (source: string, scope: RawFields): RawValue => {
    const inner = Buffer.concat([textBytes(Buffer.from(source)), rawDocument(scope)]);
    return { type: 0x0f, bytes: Buffer.concat([int32Bytes(inner.length + 4), inner]) };
  },
  int32: (value: number): RawValue => ({ type: 0x10, bytes: int32Bytes(value) }),
  timestamp: (seconds: number, ordinal: number): RawValue => ({
    type: 0x11,
    bytes: int64Bytes(BigInt.asIntN(64, (BigInt(seconds) << 32n) | BigInt(ordinal))),
  }),
  int64: (value: bigint): RawValue => ({ type: 0x12, bytes: int64Bytes(value) }),
  decimal: (bytes: Uint8Array): RawValue => ({ type: 0x13, bytes: Buffer.from(bytes) }),
  maxKey: { type: 0x7f, bytes: Buffer.alloc(0) } as RawValue,
  minKey: { type: 0xff, bytes: Buffer.alloc(0) } as RawValue,
};

function int32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function int64Bytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function textBytes(text: Buffer): Buffer {
  return Buffer.concat([int32Bytes(text.length + 1), text, Buffer.of(0)]);
}
