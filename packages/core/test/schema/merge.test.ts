import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { DataRecord } from '../../src/record/data-record.js';
import { type EntitySchema, entityName, type Shape } from '../../src/schema/entity-schema.js';
import { createSchemaInference } from '../../src/schema/infer.js';
import { mergeSchemas, mergeShapes } from '../../src/schema/merge.js';
import { documentFrom } from '../../src/value/collection.js';
import type { DocumentValue } from '../../src/value/value.js';
import { fieldNames, records } from './generated-records.js';

// A busy machine needs several times what a quiet one does.
vi.setConfig({ testTimeout: 60_000 });

const inferred = (all: readonly DataRecord[], examples = false): EntitySchema => {
  const inference = createSchemaInference({
    entity: entityName('people'),
    key: [{ name: '_id', role: 'partition' }],
    examples,
  });
  for (const record of all) inference.observe(record, 10);
  return inference.finish({ complete: true });
};

const recordsOf = (documents: readonly DocumentValue[]): DataRecord[] =>
  documents.map((fields, index) => ({ key: [index], fields }));

const leaf: Shape = { count: 1, kinds: { string: 1 }, maximumBytes: 3 };

/** Shapes as samples leave them: whole lists of names, and lists that a dynamic shape completes. */
const shapes: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc
    .record(
      {
        count: fc.nat(1000),
        kinds: fc.dictionary(
          fc.constantFrom('null', 'int32', 'string', 'array', 'document'),
          fc.integer({ min: 1, max: 99 }),
          {
            maxKeys: 3,
            noNullPrototype: true,
          },
        ),
        maximumBytes: fc.nat(1000),
        maximumElements: fc.nat(10),
        loose: fc.integer({ min: 1, max: 9 }),
        range: fc.tuple(fc.bigInt(), fc.nat()).map(([minimum, width]) => ({
          minimum: `${minimum}`,
          maximum: `${minimum + BigInt(width)}`,
        })),
        example: fc.constantFrom('"a"', '5', '"b"'),
        element: fc.oneof({ depthSize: 'small' }, fc.constant(leaf), tie('shape')),
        fields: fc.uniqueArray(
          fc.record({ name: fieldNames, shape: fc.oneof({ depthSize: 'small' }, fc.constant(leaf), tie('shape')) }),
          { maxLength: 4, selector: (field) => field.name },
        ),
        dynamic: fc.oneof({ depthSize: 'small' }, fc.constant(leaf), tie('shape')),
      },
      { requiredKeys: ['count', 'kinds', 'maximumBytes'] },
    )
    .map((shape) => shape as Shape),
})).shape;

describe('mergeShapes', () => {
  test('the order of two does not matter', () => {
    fc.assert(
      fc.property(shapes, shapes, (left, right) => {
        expect(mergeShapes(left, right)).toEqual(mergeShapes(right, left));
      }),
      { numRuns: 150 },
    );
  });

  test('nor does the order of three, collapsed ones among them', () => {
    fc.assert(
      fc.property(shapes, shapes, shapes, (one, two, three) => {
        expect(mergeShapes(mergeShapes(one, two), three)).toEqual(mergeShapes(one, mergeShapes(two, three)));
      }),
      { numRuns: 150 },
    );
  });

  test('changes neither', () => {
    fc.assert(
      fc.property(shapes, shapes, (left, right) => {
        const before = JSON.stringify([left, right]);
        mergeShapes(left, right);
        expect(JSON.stringify([left, right])).toBe(before);
      }),
    );
  });

  test('a list of all names beside a choice of names: the choice stays listed, the others become data', () => {
    const all: Shape = {
      count: 2,
      kinds: { document: 2 },
      maximumBytes: 9,
      fields: [
        { name: 'title', shape: leaf },
        { name: 'user-1', shape: leaf },
      ],
    };
    const chosen: Shape = {
      count: 3,
      kinds: { document: 3 },
      maximumBytes: 5,
      fields: [{ name: 'title', shape: leaf }],
      dynamic: { count: 40, kinds: { int32: 40 }, maximumBytes: 4 },
    };
    expect(mergeShapes(all, chosen)).toMatchObject({
      count: 5,
      fields: [{ name: 'title', shape: { count: 2 } }],
      dynamic: { count: 41, kinds: { int32: 40, string: 1 } },
    });
    const other: Shape = { ...chosen, fields: [{ name: 'year', shape: leaf }] };
    expect(mergeShapes(chosen, other)).toMatchObject({ fields: [], dynamic: { count: 82 } });
  });
});

describe('mergeSchemas', () => {
  const samples = fc.array(records, { maxLength: 6 });

  test('two samples merged are one sample of both, examples too', () => {
    fc.assert(
      fc.property(samples, samples, fc.boolean(), (left, right, examples) => {
        const merged = mergeSchemas(inferred(left, examples), inferred(right, examples));
        expect(merged).toEqual(inferred([...left, ...right], examples));
      }),
      { numRuns: 150 },
    );
  });

  test('the order does not matter', () => {
    fc.assert(
      fc.property(samples, samples, samples, (...all) => {
        const [one, two, three] = all.map((sample) => inferred(sample)) as [EntitySchema, EntitySchema, EntitySchema];
        const merged = mergeSchemas(mergeSchemas(one, two), three);
        expect(merged).toEqual(mergeSchemas(mergeSchemas(three, two), one));
      }),
    );
  });

  test('a sample of nothing adds nothing', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        expect(mergeSchemas(inferred(sample), inferred([]))).toEqual(inferred(sample));
      }),
    );
  });

  test('collapsed samples: nothing is lost, and what both list stays listed', () => {
    const documents = (from: number): DocumentValue[] =>
      Array.from({ length: 1000 }, (_, index) =>
        documentFrom([
          ['title', 'x'],
          [`name-${from + index}`, index],
        ]),
      );
    const left = inferred(recordsOf(documents(0)));
    const right = inferred(recordsOf(documents(500)));
    const small = inferred(recordsOf([{ title: 'x', 'name-1': 5 }]));
    const merged = mergeSchemas(mergeSchemas(left, small), right);
    expect(merged.fields.map((field) => [field.name, field.shape?.count])).toEqual([['title', 2001]]);
    expect(merged.dynamic).toMatchObject({ count: 2001, kinds: { int32: 2001 } });
    expect(merged.sample).toEqual({ records: 2001, bytes: 20_010, complete: true });
    expect(mergeSchemas(left, mergeSchemas(right, small))).toEqual(merged);
  });

  test('what a connector keeps beside a schema stays where both agree', () => {
    const sample = inferred([]);
    const one: EntitySchema = { ...sample, native: { capped: true } };
    const other: EntitySchema = { ...sample, native: { capped: false } };
    expect(mergeSchemas(one, one).native).toEqual({ capped: true });
    expect(mergeSchemas(one, other).native).toBeUndefined();
    expect(mergeSchemas(one, sample).native).toBeUndefined();
  });

  test('a part of a whole is not the whole', () => {
    const whole = inferred([]);
    const part: EntitySchema = { ...whole, sample: { records: 0, bytes: 0, complete: false } };
    expect(mergeSchemas(whole, part).sample?.complete).toBe(false);
  });

  test('what does not belong together is refused', () => {
    const schema = inferred([]);
    expect(() => mergeSchemas(schema, { ...schema, entity: entityName('others') })).toThrow(RangeError);
    expect(() => mergeSchemas(schema, { ...schema, key: [{ name: 'id', role: 'partition' }] })).toThrow(RangeError);
    expect(() => mergeSchemas({ ...schema, origin: 'declared' }, schema)).toThrow(RangeError);
  });
});
