import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CqlType, cqlTypeText, parseCqlType, scalarNames } from '../src/cql-type.js';
import { cqlTypeOf, valueTypeOf } from '../src/value-type.js';

const place = { table: 't', path: ['column'] };
const address: CqlType = {
  name: 'udt',
  frozen: true,
  type: 'Odd, <"name">',
  fields: [{ name: 'a', type: { name: 'int' } }],
};
const lookup = (name: string) =>
  name === address.type || name === 'list_item' || name === 'text_note' ? address.fields : undefined;

/** Any type that a column can have. */
const columnTypes: fc.Arbitrary<CqlType> = fc
  .letrec<{ inner: CqlType }>((tie) => {
    const inner = tie('inner');
    return {
      inner: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constantFrom(...scalarNames).map((name): CqlType => ({ name })),
        fc.constantFrom<CqlType>(
          address,
          { ...address, type: 'list_item' },
          { name: 'custom', class: "org.example.It's" },
        ),
        inner.map((element): CqlType => ({ name: 'list', frozen: true, element })),
        inner.map((element): CqlType => ({ name: 'set', frozen: true, element })),
        fc.tuple(inner, inner).map(([key, value]): CqlType => ({ name: 'map', frozen: true, key, value })),
        fc.array(inner, { minLength: 1, maxLength: 3 }).map((elements): CqlType => ({ name: 'tuple', elements })),
        fc
          .tuple(inner, fc.integer({ min: 1, max: 8192 }))
          .map(([element, dimensions]): CqlType => ({ name: 'vector', element, dimensions })),
      ),
    };
  })
  .inner.chain((type) =>
    'frozen' in type ? fc.boolean().map((frozen): CqlType => ({ ...type, frozen })) : fc.constant(type),
  );

describe('a CQL type', () => {
  test('is found again from its text, and from what core is told of it', () => {
    fc.assert(
      fc.property(columnTypes, (type) => {
        expect(parseCqlType(cqlTypeText(type), lookup)).toEqual(type);
        expect(cqlTypeOf(valueTypeOf(type), place)).toEqual(type);
        // As core may pass it on through a plan file.
        expect(cqlTypeOf(JSON.parse(JSON.stringify(valueTypeOf(type))), place)).toEqual(type);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of the user is told from a built-in one whose name it begins with', () => {
    expect(parseCqlType('list<frozen<list_item>>', lookup)).toMatchObject({
      name: 'list',
      element: { name: 'udt', type: 'list_item' },
    });
    expect(parseCqlType('text_note', lookup)).toMatchObject({ name: 'udt', type: 'text_note' });
    expect(parseCqlType('varchar', lookup)).toEqual({ name: 'text' });
  });

  test.each([
    '',
    'list<int',
    'list<int>>',
    'list<int, int>',
    'map<int>',
    'nothing',
    'vector<float>',
    'vector<float, 0>',
    'set<>',
    '"open',
    'int int',
  ])('%j is none', (text) => {
    expect(() => parseCqlType(text, lookup)).toThrow(
      expect.objectContaining({ code: 'DM_CASSANDRA_TYPE_UNSUPPORTED' }),
    );
  });

  test('is missing for what no column holds, with the place and the reason', () => {
    expect(cqlTypeOf({ kind: 'document' }, place)).toEqual({ problem: expect.stringContaining('"column"') });
    expect(cqlTypeOf({ kind: 'array' }, place)).toEqual({ problem: expect.stringContaining('"column"') });
    expect(cqlTypeOf({ kind: 'array', element: { kind: 'regularExpression' } }, place)).toEqual({
      problem: expect.stringContaining('"column.element"'),
    });
    expect(cqlTypeOf({ kind: 'vector', element: { kind: 'float32' }, dimensions: 8193 }, place)).toEqual({
      problem: expect.stringContaining('8192'),
    });
    expect(cqlTypeOf({ kind: 'vector' }, place)).toEqual({ problem: expect.stringContaining('no fixed number') });
  });

  test('that has to be made is named after its table and column, and always fits', () => {
    const fields = [{ name: 'x', type: { kind: 'int32' as const } }];
    const named = (path: readonly string[]) => cqlTypeOf({ kind: 'document', fields }, { table: 'movies', path });
    expect(named(['Cast', 'lead'])).toMatchObject({ type: 'movies_Cast_lead' });
    const odd = named(['a b']);
    const other = named(['a.b']);
    const long = named(['x'.repeat(100)]);
    for (const type of [odd, other, long]) expect((type as { readonly type: string }).type).toMatch(/^\w{1,48}$/);
    expect(odd).not.toEqual(other);
    // Another store's names for its types say nothing.
    expect(cqlTypeOf({ kind: 'string', native: 'VARCHAR(20)' }, place)).toEqual({ name: 'text' });
    expect(cqlTypeOf({ kind: 'int32', native: 'bigint' }, place)).toEqual({ name: 'int' });
  });
});
