import {
  BinaryValue,
  CodeValue,
  CounterValue,
  DoubleValue,
  decimal,
  documentEntries,
  documentFrom,
  Float32Value,
  GeoPointValue,
  InstantValue,
  Int8Value,
  Int16Value,
  isArray,
  isBoxed,
  isDocument,
  isInt32,
  kindSymbol,
  MapValue,
  ObjectIdValue,
  OrderedDocument,
  ReferenceValue,
  RegularExpressionValue,
  SetValue,
  SymbolValue,
  TimeuuidValue,
  TupleValue,
  UuidValue,
  type Value,
  VarintValue,
  VectorValue,
} from '../../src/index.js';

/** Chooses a number from 0 up to, not including, `bound`. */
export type Choose = (bound: number) => number;

/**
 * A value that differs from the given one in one small thing, or is only written differently: another kind with the same text, a moved boundary between neighbours, another order.
 *
 * Whether it is still equal is for `valuesEqual` to say; the property under test is that every other function agrees with it.
 */
export function nearMiss(value: Value, choose: Choose): Value {
  if (typeof value === 'string') return nearString(value, choose);
  if (typeof value === 'number') return pick(choose, numberVariants(value));
  if (typeof value === 'bigint') {
    return pick(choose, [
      value + 1n,
      new VarintValue(value),
      value.toString(),
      Number(value),
      decimal(value.toString()),
    ]);
  }
  if (typeof value === 'boolean') return pick(choose, [!value, String(value), Number(value)]);
  if (value === null) return pick(choose, ['null', '', 0, [], {}]);
  if (isArray(value)) return nearElements(value, choose);
  if (isDocument(value)) return nearDocument(value, choose);
  return isBoxed(value) ? nearBoxed(value, choose) : value;
}

function numberVariants(value: number): Value[] {
  const variants: Value[] = [
    value + 1,
    -value,
    new DoubleValue(value),
    new DoubleValue(-value),
    String(value),
    [value],
  ];
  if (isInt32(value)) variants.push(BigInt(value), new CounterValue(BigInt(value)), decimal(String(value)));
  if (isInt32(value) && Math.abs(value) < 128) variants.push(new Int8Value(value), new Int16Value(value));
  if (Math.fround(value) === value) variants.push(new Float32Value(value));
  return variants;
}

function nearString(text: string, choose: Choose): Value {
  const at = choose(text.length + 1);
  return pick(choose, [
    `${text}\u0000`,
    `${text.slice(0, at)}\ufffd${text.slice(at + 1)}`,
    `${text.slice(0, at)}\ud83d${text.slice(at)}`,
    `${text.slice(0, at)}${text.slice(at + 1)}`,
    text.normalize('NFD'),
    new SymbolValue(text),
    new ReferenceValue(text),
    new BinaryValue(Buffer.from(text)),
    [text],
  ]);
}

function nearElements(elements: readonly Value[], choose: Choose): Value {
  if (elements.length === 0) return pick<Value>(choose, [{}, null, new SetValue([]), new TupleValue([]), [null]]);
  const at = choose(elements.length);
  const before = elements.slice(0, at);
  const after = elements.slice(at + 1);
  const element = elements[at] as Value;
  const next = elements[at + 1];
  const joined = typeof element === 'string' && typeof next === 'string' && next !== '';
  return pick<Value>(choose, [
    [...before, nearMiss(element, choose), ...after],
    [...before, nearMiss(element, choose), ...after],
    [...before, ...after],
    [...before, [element], ...after],
    [...before, element, element, ...after],
    joined ? [...before, element + next.slice(0, 1), next.slice(1), ...after.slice(1)] : elements.toReversed(),
    new SetValue(elements),
    new TupleValue(elements),
  ]);
}

function nearDocument(document: Value & object, choose: Choose): Value {
  if (!isDocument(document)) return document;
  const entries = documentEntries(document);
  if (entries.length === 0) return pick<Value>(choose, [new MapValue([]), [], null, { '': null }]);
  const at = choose(entries.length);
  const [name, value] = entries[at] as readonly [string, Value];
  const replaced = (entry: readonly [string, Value]): Value => {
    const rest = entries.filter((other, index) => index !== at && other[0] !== entry[0]);
    return documentFrom([...rest, entry]);
  };
  return pick<Value>(choose, [
    replaced([name, nearMiss(value, choose)]),
    replaced([name, nearMiss(value, choose)]),
    replaced([`${name}a`, value]),
    replaced([name, documentFrom([[name, value]])]),
    documentFrom(entries.toSpliced(at, 1)),
    new OrderedDocument(entries.toReversed()),
    new OrderedDocument(entries),
    new MapValue(entries),
    entries.map((entry) => [...entry]),
  ]);
}

function nearBoxed(value: Value & object, choose: Choose): Value {
  if (!isBoxed(value)) return value;
  switch (value[kindSymbol]) {
    case 'set':
      return pick(choose, [
        new SetValue(value.elements.toReversed()),
        new SetValue(nearArray(value.elements, choose)),
        value.elements,
      ]);
    case 'tuple':
      return pick(choose, [
        new TupleValue(nearArray(value.elements, choose)),
        new SetValue(value.elements),
        value.elements,
      ]);
    case 'map': {
      const entries = value.entries.map(([key, inner]) => [key, nearMiss(inner, choose)] as const);
      return pick(choose, [
        new MapValue(value.entries.toReversed()),
        new MapValue(entries),
        new MapValue(value.entries.slice(1)),
      ]);
    }
    case 'double':
    case 'float32':
      return pick(choose, [...numberVariants(value.value), value.value]);
    case 'int8':
    case 'int16':
      return pick(choose, [value.value, new Int16Value(value.value), BigInt(value.value)]);
    case 'varint':
    case 'counter':
      return pick(choose, [value.value, new VarintValue(value.value), new VarintValue(value.value + 1n)]);
    case 'decimal':
      return pick(choose, [
        value.text,
        decimal(value.text.includes('.') ? `${value.text}0` : '1.0'),
        decimal('-0'),
        decimal('0'),
      ]);
    case 'instant':
      return pick(choose, [
        new InstantValue(value.epochMilliseconds, (value.nanoseconds + 1) % 1_000_000),
        new InstantValue(BigInt(value.epochMilliseconds), value.nanoseconds),
        new InstantValue(BigInt(value.epochMilliseconds) + 1n, value.nanoseconds),
      ]);
    case 'uuid':
      return pick(choose, [
        new TimeuuidValue(value.bytes),
        new BinaryValue(value.bytes, 4),
        new UuidValue(bumped(value.bytes, choose)),
      ]);
    case 'timeuuid':
      return pick(choose, [new UuidValue(value.bytes), new TimeuuidValue(bumped(value.bytes, choose))]);
    case 'objectId':
      return pick(choose, [Buffer.from(value.bytes).toString('hex'), new ObjectIdValue(bumped(value.bytes, choose))]);
    case 'binary':
      return pick(choose, [
        new BinaryValue(value.bytes, (value.subtype + 1) % 256),
        new BinaryValue(Buffer.concat([value.bytes, Buffer.of(0)]), value.subtype),
        new BinaryValue(Uint8Array.from(value.bytes), value.subtype),
      ]);
    case 'vector':
      return pick(choose, [
        new VectorValue(Float64Array.from(value.elements)),
        new VectorValue(Float32Array.from(value.elements)),
        new VectorValue(value.elements.slice(1)),
        [...value.elements],
      ]);
    case 'geoPoint':
      return pick(choose, [
        new GeoPointValue(value.longitude, value.latitude),
        new GeoPointValue(-value.latitude, value.longitude),
      ]);
    case 'regularExpression':
      return new RegularExpressionValue(`${value.pattern}${value.options.slice(0, 1)}`, value.options.slice(1));
    case 'code':
      return pick<Value>(choose, [
        new CodeValue(value.source, value.scope === null ? {} : null),
        value.source,
        new SymbolValue(value.source),
      ]);
    case 'symbol':
      return pick<Value>(choose, [value.text, new SymbolValue(`${value.text}\ufffd`)]);
    default:
      return pick<Value>(choose, [value[kindSymbol], [value], new SetValue([value])]);
  }
}

function nearArray(elements: readonly Value[], choose: Choose): readonly Value[] {
  const near = nearElements(elements, choose);
  return isArray(near) ? near : [near];
}

function bumped(bytes: Uint8Array, choose: Choose): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = choose(copy.length);
  copy[at] = ((copy[at] as number) + 1) & 255;
  return copy;
}

function pick<Item>(choose: Choose, items: readonly Item[]): Item {
  return items[choose(items.length)] as Item;
}
