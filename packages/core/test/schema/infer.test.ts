import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { DataRecord } from '../../src/record/data-record.js';
import { type EntitySchema, entityName, type Shape } from '../../src/schema/entity-schema.js';
import { createSchemaInference } from '../../src/schema/infer.js';
import { BinaryValue } from '../../src/value/binary.js';
import { documentEntries, documentFrom, MapValue, SetValue, TupleValue } from '../../src/value/collection.js';
import { ObjectIdValue } from '../../src/value/identifier.js';
import { VectorValue } from '../../src/value/location.js';
import { decimal, double, varint } from '../../src/value/number.js';
import { instant } from '../../src/value/temporal.js';
import { type DocumentValue, isArray, isBoxed, isDocument, kindOf, type Value } from '../../src/value/value.js';
import { records } from './generated-records.js';

// A busy machine needs several times what a quiet one does.
vi.setConfig({ testTimeout: 60_000 });

const key = [{ name: '_id', role: 'partition' }] as const;

const inferred = (all: Iterable<DataRecord>, options: { examples?: boolean } = {}): EntitySchema => {
  const inference = createSchemaInference({ entity: entityName('people'), key, ...options });
  for (const record of all) inference.observe(record, 100);
  return inference.finish({ complete: true });
};

const inferredFields = (all: readonly DocumentValue[], options: { examples?: boolean } = {}): EntitySchema =>
  inferred(
    all.map((fields, index) => ({ key: [index], fields })),
    options,
  );

const fieldShape = (schema: EntitySchema, ...path: string[]): Shape => {
  const [first, ...rest] = path;
  let shape = schema.fields.find((field) => field.name === first)?.shape;
  for (const name of rest) shape = shape?.fields?.find((field) => field.name === name)?.shape;
  if (!shape) throw new Error(`nothing was seen at ${path.join(' → ')}`);
  return shape;
};

const shapeOf = (...all: Value[]): Shape =>
  fieldShape(inferredFields(all.map((value) => documentFrom([['f', value]]))), 'f');

/** Places in a shape, itself included. */
const places = (shape: Shape | undefined): number =>
  shape === undefined
    ? 0
    : 1 +
      places(shape.element) +
      places(shape.mapKey) +
      places(shape.dynamic) +
      (shape.fields ?? []).reduce((sum, field) => sum + places(field.shape), 0);

const placesOf = (schema: EntitySchema): number =>
  [...schema.fields, ...schema.key].reduce((sum, field) => sum + places(field.shape), places(schema.dynamic));

describe('what is seen at a place', () => {
  test('kinds with counts, nulls among them, and how often the place was missing', () => {
    const schema = inferredFields([{ a: 1, b: null }, { a: 'x', b: null }, { a: 2 }, {}]);
    expect(schema.sample).toEqual({ records: 4, bytes: 400, complete: true });
    expect(schema.origin).toBe('inferred');
    expect(schema.entity).toBe('people');
    expect(fieldShape(schema, 'a')).toMatchObject({ count: 3, kinds: { int32: 2, string: 1 } });
    expect(fieldShape(schema, 'b')).toEqual({ count: 2, kinds: { null: 2 }, maximumBytes: 0 });
  });

  test('the key, part by part', () => {
    const inference = createSchemaInference({
      entity: entityName('events'),
      key: [
        { name: 'day', role: 'partition' },
        { name: 'at', role: 'clustering' },
      ],
    });
    inference.observe({ key: ['monday', 5], fields: {} }, 1);
    inference.observe({ key: ['tuesday', 7n], fields: {} }, 1);
    const schema = inference.finish({ complete: false });
    expect(schema.key).toEqual([
      {
        name: 'day',
        role: 'partition',
        shape: { count: 2, kinds: { string: 2 }, maximumBytes: 7, example: 'string(7)' },
      },
      {
        name: 'at',
        role: 'clustering',
        shape: {
          count: 2,
          kinds: { int32: 1, int64: 1 },
          maximumBytes: 8,
          range: { minimum: '5', maximum: '7' },
          loose: 1,
          example: 'int32',
        },
      },
    ]);
    expect(schema.sample?.complete).toBe(false);
  });

  test('sizes: bytes of the largest value, in UTF-8, and elements of the largest collection', () => {
    expect(shapeOf('a', 'zwölf', '😀').maximumBytes).toBe(6);
    expect(shapeOf(new BinaryValue(new Uint8Array(10))).maximumBytes).toBe(10);
    expect(shapeOf([1, 2, 3], [])).toMatchObject({ maximumElements: 3, maximumBytes: 12 });
    expect(shapeOf({ ab: 'cde' }).maximumBytes).toBe(5);
    expect(shapeOf(new MapValue([['k', 'vv']]))).toMatchObject({ maximumElements: 1, maximumBytes: 3 });
    expect(shapeOf(varint(2n ** 79n)).maximumBytes).toBe(10);
  });

  test('what collections hold', () => {
    expect(shapeOf([1, 'x'], [null]).element).toMatchObject({ count: 3, kinds: { int32: 1, string: 1, null: 1 } });
    expect(shapeOf(new SetValue(['x'])).element?.kinds).toEqual({ string: 1 });
    expect(shapeOf(new TupleValue([1, null])).element?.kinds).toEqual({ int32: 1, null: 1 });
    const map = shapeOf(new MapValue([[1, 'x']]));
    expect(map.mapKey?.kinds).toEqual({ int32: 1 });
    expect(map.element?.kinds).toEqual({ string: 1 });
    const vector = shapeOf(new VectorValue(new Float32Array(3)));
    expect(vector).toMatchObject({ maximumElements: 3, element: { count: 3, kinds: { float32: 3 } } });
    expect(shapeOf([[{ a: 1 }]]).element?.element?.fields?.[0]?.shape.kinds).toEqual({ int32: 1 });
    expect(shapeOf([])).toEqual({
      count: 1,
      kinds: { array: 1 },
      maximumBytes: 0,
      maximumElements: 0,
      example: 'array(0)',
    });
  });

  test('ranges of integers, exact beyond 2^53', () => {
    expect(shapeOf(5, -3, 2n ** 53n + 1n, 0.5).range).toEqual({ minimum: '-3', maximum: '9007199254740993' });
    expect(shapeOf(varint(-(2n ** 90n))).range?.minimum).toBe((-(2n ** 90n)).toString());
    expect(shapeOf(0.5).range).toBeUndefined();
  });

  test('numbers that a narrower kind could hold', () => {
    expect(shapeOf(5, 0.5, 2n ** 40n, 2n ** 70n, decimal('0.5')).loose).toBeUndefined();
    expect(shapeOf(5n, double(5), varint(5n), decimal('5'), decimal('5E+3'), decimal('5.0')).loose).toBe(4);
  });

  test('S-12 names that mean something elsewhere are ordinary ones', () => {
    const names = ['__proto__', 'constructor', 'toString', 'a.b', '$x', '', '10', 'kinds', '\u0000'];
    const inner = documentFrom(names.map((name) => [name, 1]));
    const schema = inferredFields([documentFrom([...names.map((name) => [name, inner] as const)])]);
    expect(schema.fields.map((field) => field.name)).toEqual(names.toSorted());
    for (const name of names) {
      expect(fieldShape(schema, name).fields?.map((field) => field.name)).toEqual(names.toSorted());
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('whatever the records: every field is counted as often as it stands in them', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 20 }), (all) => {
        const schema = inferred(all);
        const counts = new Map<string, number>();
        const kinds = new Map<string, number>();
        for (const { fields } of all) {
          for (const [name, value] of documentEntries(fields)) {
            counts.set(name, (counts.get(name) ?? 0) + 1);
            const kind = `${name} ${kindOf(value)}`;
            kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          }
        }
        expect(schema.fields.map((field) => field.name)).toEqual([...counts.keys()].toSorted());
        for (const { name, shape } of schema.fields) {
          expect(shape?.count).toBe(counts.get(name));
          for (const [kind, count] of Object.entries(shape?.kinds ?? {}))
            expect(count).toBe(kinds.get(`${name} ${kind}`));
          expect(Object.values(shape?.kinds ?? {}).reduce((sum, count) => sum + count, 0)).toBe(shape?.count);
        }
      }),
    );
  });
});

describe('examples', () => {
  const secret = 'correct horse battery staple';

  test('tell kind and size by default, and nothing of the values', () => {
    const schema = inferredFields([
      { text: secret, id: new ObjectIdValue(new Uint8Array(12)), list: [secret], when: instant(0), code: 4711.5 },
    ]);
    expect(JSON.stringify(schema)).not.toContain('horse');
    expect(JSON.stringify(schema)).not.toContain('4711');
    expect(schema.fields.map((field) => [field.name, field.shape?.example])).toEqual([
      ['code', 'double'],
      ['id', 'objectId'],
      ['list', 'array(1)'],
      ['text', 'string(28)'],
      ['when', 'instant'],
    ]);
  });

  test('S-07 no generated string of a record gets into a schema', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 5 }), fc.uuid(), (all, canary) => {
        const marked = all.map((record) => ({ key: [canary], fields: withStrings(record.fields, canary) }));
        expect(JSON.stringify(inferred(marked))).not.toContain(canary);
      }),
      { numRuns: 50 },
    );
  });

  test('show a value where asked to, cut and without control characters', () => {
    const examples = (...all: Value[]): (string | undefined)[] =>
      all.map((value) => fieldShape(inferredFields([{ f: value }], { examples: true }), 'f').example);
    expect(examples('Casablanca', 5, true, instant(0), new ObjectIdValue(new Uint8Array(12)))).toEqual([
      '"Casablanca"',
      '5',
      'true',
      '1970-01-01T00:00:00.000Z',
      '000000000000000000000000',
    ]);
    expect(examples('x'.repeat(1000))).toEqual([`"${'x'.repeat(40)}…"`]);
    expect(examples('a\u001b[31mb\r\n\u202e\u2028\u0000c')).toEqual(['"a[31mbc"']);
    expect(examples(`${'x'.repeat(39)}😀`)).toEqual([`"${'x'.repeat(39)}…"`]);
    expect(examples([1], null)).toEqual(['array(1)', undefined]);
  });
});

describe('names that are data', () => {
  const manyNames = (count: number, from = 0): DocumentValue =>
    documentFrom(Array.from({ length: count }, (_, index) => [`name-${from + index}`, { seen: index }]));

  test('one document with 100,000 names becomes a map', () => {
    const schema = inferredFields([{ people: manyNames(100_000) }]);
    const shape = fieldShape(schema, 'people');
    expect(shape.fields).toEqual([]);
    expect(shape.dynamic).toMatchObject({ count: 100_000, kinds: { document: 100_000 } });
    expect(shape.dynamic?.fields?.[0]).toMatchObject({ name: 'seen', shape: { count: 100_000 } });
    expect(placesOf(schema)).toBeLessThan(20);
  });

  test('so do names that each stand in few documents, and the frequent ones beside them stay', () => {
    const documents = Array.from({ length: 1000 }, (_, index) => ({
      title: 'x',
      year: 5,
      votes: documentFrom([
        ['total', index],
        [`user-${index % 300}`, true],
      ]),
    }));
    const schema = inferredFields(documents);
    expect(schema.fields.map((field) => field.name)).toEqual(['title', 'votes', 'year']);
    const votes = fieldShape(schema, 'votes');
    expect(votes.fields?.map((field) => [field.name, field.shape.count])).toEqual([['total', 1000]]);
    expect(votes.dynamic).toMatchObject({ count: 1000, kinds: { boolean: 1000 } });
  });

  test('at the top level too: 100,000 names over 10,000 records, beside two that all have', () => {
    const documents = Array.from({ length: 10_000 }, (_, index) =>
      documentFrom([
        ['title', 'x'],
        ['year', index],
        ...Array.from({ length: 10 }, (_unused, other) => [`tag-${index * 10 + other}`, 0.5] as const),
      ]),
    );
    const schema = inferredFields(documents);
    expect(schema.fields.map((field) => [field.name, field.shape?.count])).toEqual([
      ['title', 10_000],
      ['year', 10_000],
    ]);
    expect(schema.dynamic).toMatchObject({ count: 100_000, kinds: { double: 100_000 } });
  });

  test('600 names that all records have are structure', () => {
    const wide = documentFrom(Array.from({ length: 600 }, (_, index) => [`column-${index}`, index]));
    const schema = inferredFields(Array.from({ length: 10 }, () => wide));
    expect(schema.fields).toHaveLength(600);
    expect(schema.dynamic).toBeUndefined();
  });

  test('a first record that is nothing like the others does not spoil the list', () => {
    const schema = inferredFields([
      manyNames(50_000),
      ...Array.from({ length: 1000 }, () => ({ title: 'x', year: 5 })),
    ]);
    expect(schema.fields.map((field) => [field.name, field.shape?.count])).toEqual([
      ['title', 1000],
      ['year', 1000],
    ]);
    expect(schema.dynamic?.count).toBe(50_000);
  });

  test('S-15 places are bounded, whatever hostile records look like', () => {
    const documents = Array.from({ length: 100 }, (_, outer) =>
      documentFrom(
        Array.from({ length: 30 }, (_unused, middle) => [
          `a-${outer}-${middle}`,
          documentFrom(
            Array.from({ length: 30 }, (_also, inner) => [`b-${outer}-${inner}`, [[{ [`c-${inner}`]: 1 }]]]),
          ),
        ]),
      ),
    );
    expect(placesOf(inferredFields(documents))).toBeLessThanOrEqual(20_000);
    const wide = Array.from({ length: 300 }, (_, outer) =>
      documentFrom([[`a-${outer}`, documentFrom(Array.from({ length: 300 }, (_unused, inner) => [`b-${inner}`, 1]))]]),
    );
    expect(placesOf(inferredFields(wide))).toBeLessThanOrEqual(20_000);
  });

  test('depth is bounded', () => {
    let deep: Value = 1;
    for (let level = 0; level < 900; level += 1) deep = level % 2 === 0 ? [deep] : { inner: deep };
    expect(placesOf(inferredFields([{ deep }]))).toBeLessThan(70);
  });

  test('nothing is observed after the end', () => {
    const inference = createSchemaInference({ entity: entityName('people'), key });
    inference.finish({ complete: true });
    expect(() => inference.observe({ key: [1], fields: {} }, 1)).toThrow('finished');
  });
});

/** The document with every string that it holds replaced. */
function withStrings(document: DocumentValue, text: string): DocumentValue {
  const replaced = (value: Value): Value => {
    if (typeof value === 'string') return text;
    if (isArray(value)) return value.map(replaced);
    if (isDocument(value)) return withStrings(value, text);
    if (isBoxed(value) && value instanceof SetValue) return new SetValue(value.elements.map(replaced));
    return value;
  };
  return documentFrom(documentEntries(document).map(([name, value]) => [name, replaced(value)]));
}
