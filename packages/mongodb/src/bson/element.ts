/** Where the value of a field lies in the bytes of its document. */
export interface ElementPlace {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** What sets a document apart from others when it is written. */
export interface DocumentTraits {
  /** The field `_id`; undefined where the document has none, or is not BSON. */
  readonly id: ElementPlace | undefined;
  /** Whether the name of a top-level field starts with `$`. */
  readonly dollarField: boolean;
  /** Whether a top-level field other than `_id` is the timestamp of zero, which servers replace by their own time. */
  readonly emptyTimestamp: boolean;
}

/** Looks at the top-level fields of a document without reading their values. */
export function traitsOf(bytes: Uint8Array): DocumentTraits {
  let id: ElementPlace | undefined;
  let dollarField = false;
  let emptyTimestamp = false;
  const end = bytes.length - 1;
  let offset = 4;
  while (offset < end) {
    const type = bytes[offset] as number;
    const name = offset + 1;
    let start = name;
    while (start < end && bytes[start] !== 0) start += 1;
    start += 1;
    const next = valueEnd(type, bytes, start, end);
    if (next === undefined) break;
    if (bytes[name] === 0x24) dollarField = true;
    if (start - name === 4 && bytes[name] === 0x5f && bytes[name + 1] === 0x69 && bytes[name + 2] === 0x64) {
      id ??= { type, start, end: next };
    } else if (type === 0x11 && isZero(bytes, start, next)) {
      emptyTimestamp = true;
    }
    offset = next;
  }
  return { id, dollarField, emptyTimestamp };
}

/** Where the `_id` of a document lies: at once where it comes first, as servers store it. */
export function idPlace(bytes: Uint8Array): ElementPlace | undefined {
  if (bytes[5] === 0x5f && bytes[6] === 0x69 && bytes[7] === 0x64 && bytes[8] === 0) {
    const type = bytes[4] as number;
    const end = valueEnd(type, bytes, 9, bytes.length - 1);
    if (end !== undefined) return { type, start: 9, end };
  }
  return traitsOf(bytes).id;
}

/** Where the values of a document's top-level fields lie, by name; of two fields of one name the first. Ends where the bytes are not BSON. */
export function placesOf(bytes: Uint8Array): ReadonlyMap<string, ElementPlace> {
  const places = new Map<string, ElementPlace>();
  const limit = bytes.length - 1;
  let offset = 4;
  while (offset < limit) {
    const type = bytes[offset] as number;
    const start = afterZero(bytes, offset + 1, limit);
    const end = valueEnd(type, bytes, start, limit);
    if (end === undefined) break;
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + offset + 1, start - offset - 2).toString('utf8');
    if (!places.has(name)) places.set(name, { type, start, end });
    offset = end;
  }
  return places;
}

/** A document that holds the field `_id` of another one and nothing else. */
export function idDocument(bytes: Uint8Array, place: ElementPlace): Buffer {
  const length = place.end - place.start;
  const document = Buffer.alloc(length + 10);
  document.writeInt32LE(document.length, 0);
  document[4] = place.type;
  document.write('_id', 5, 'latin1');
  document.set(bytes.subarray(place.start, place.end), 9);
  return document;
}

/** The offset after a value, or undefined where it would lie beyond `limit` or its type is unknown. */
function valueEnd(type: number, bytes: Uint8Array, start: number, limit: number): number | undefined {
  const size = valueSize(type, bytes, start, limit);
  return size === undefined || size < 0 || start + size > limit ? undefined : start + size;
}

function valueSize(type: number, bytes: Uint8Array, start: number, limit: number): number | undefined {
  switch (type) {
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return 0;
    case 0x08:
      return 1;
    case 0x10:
      return 4;
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    case 0x07:
      return 12;
    case 0x13:
      return 16;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return 4 + int32(bytes, start, limit);
    case 0x03:
    case 0x04:
    case 0x0f:
      return int32(bytes, start, limit);
    case 0x05:
      return 5 + int32(bytes, start, limit);
    case 0x0c:
      return 16 + int32(bytes, start, limit);
    case 0x0b: {
      const options = afterZero(bytes, start, limit);
      return afterZero(bytes, options, limit) - start;
    }
    default:
      return undefined;
  }
}

function int32(bytes: Uint8Array, start: number, limit: number): number {
  if (start + 4 > limit) return -1000;
  return (
    (bytes[start] as number) |
    ((bytes[start + 1] as number) << 8) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 24)
  );
}

function afterZero(bytes: Uint8Array, start: number, limit: number): number {
  let end = start;
  while (end < limit && bytes[end] !== 0) end += 1;
  return end + 1;
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) if (bytes[index] !== 0) return false;
  return true;
}
