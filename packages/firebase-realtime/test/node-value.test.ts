import { type DocumentValue, documentFrom, double, type Value, valuesEqual, valueToText } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../src/decode-node.js';
import { NodeEncoder } from '../src/encode-node.js';
import type { Node } from '../src/node.js';
import { looksLikeArray } from '../src/node-name.js';

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '0',
    '1',
    '2',
    '10',
    '%30',
    '%2530',
    '.sv',
    '.value',
    '.priority',
    '@dm',
    'v',
    '__proto__',
    '',
    'x.y',
    '%2E',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);

/** Values that a mapping hands to the encoder: nothing null, empty, boxed or not finite. */
const { fields } = fc.letrec<{ value: Value; fields: DocumentValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
    tie('fields'),
  ),
  fields: fc
    .uniqueArray(fc.tuple(name, tie('value')), { minLength: 1, maxLength: 5, selector: ([key]) => key })
    .map((entries) => documentFrom(entries)),
}));

/** JSON as an export of a foreign database may hold it. */
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.string({ maxLength: 5 }),
    fc.boolean(),
    fc.integer(),
    fc.record({ '.value': fc.integer(), '.priority': fc.constantFrom(1, 'p', 0.5) }),
    fc
      .tuple(
        fc.dictionary(
          fc
            .oneof(fc.constantFrom('a', '0', '1', '2', '7', '%2E', 'x%', '%_'), fc.string({ maxLength: 4 }))
            .filter((text) => /^[^.$#[\]/\p{Cc}]+$/u.test(text)),
          tie('tree'),
          { minKeys: 1, maxKeys: 4 },
        ),
        fc.option(fc.constantFrom(1, 'p'), { nil: undefined }),
      )
      .map(([children, priority]) => (priority === undefined ? children : { ...children, '.priority': priority })),
  ),
}));

const there = (record: DocumentValue, isHome = false): Node =>
  JSON.parse(new NodeEncoder({ isHome }).encode(record).text);

/** What the database makes of JSON that is sent to it: objects of arrays. */
function stored(node: Node): Node {
  if (Array.isArray(node)) return stored(Object.fromEntries(node.map((child, index) => [String(index), child])));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, stored(child)]));
}

describe('records as nodes', () => {
  it('come back as they were, whatever their names', () => {
    fc.assert(
      fc.property(fields, fc.boolean(), (record, isHome) => {
        const back = decodeRecord(stored(there(record, isHome)));
        if (!valuesEqual(back, record)) throw new Error(`${valueToText(record)} came back as ${valueToText(back)}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('are never taken for an array, a priority or a command', () => {
    const check = (node: Node, isArray: boolean): void => {
      if (typeof node !== 'object' || node === null) return;
      if (!Array.isArray(node)) {
        const names = Object.keys(node);
        expect(names.filter((each) => /[.$#[\]/]/.test(each))).toEqual([]);
        if (!isArray) expect(looksLikeArray(names)).toBe(false);
      }
      for (const child of Object.values(node)) check(child as Node, false);
    };
    fc.assert(
      fc.property(fields, (record) => check(there(record), false)),
      { numRuns: 2000 },
    );
  });

  it('of a foreign database go home as the nodes that they were, priorities and holes included', () => {
    fc.assert(
      fc.property(tree, (node) => {
        const text = JSON.stringify(node);
        expect(stored(there(decodeRecord(JSON.parse(text)), true))).toEqual(stored(JSON.parse(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('hold a record without fields', () => {
    expect(decodeRecord(there({}))).toEqual({});
    const alike = { '@dm': 'document', v: '[]' };
    expect(decodeRecord(there(alike))).toEqual(alike);
  });

  it('of leaves are the one field .value, where -0 is a double', () => {
    expect(decodeRecord('x')).toEqual({ '.value': 'x' });
    expect(decodeRecord(-0)).toEqual({ '.value': double(-0) });
    expect(there({ '.value': 'x' }, true)).toBe('x');
    expect(there({ '.value': 'x' })).toEqual({ '%2Evalue': 'x' });
  });

  it('arrays are arrays, and holes make an object of them', () => {
    expect(decodeRecord({ list: { 0: 'a', 1: 'b' }, holes: { 1: 'a', 2: 'b' }, sent: ['a', null, 'b'] })).toEqual({
      list: ['a', 'b'],
      holes: { 1: 'a', 2: 'b' },
      sent: { 0: 'a', 2: 'b' },
    });
  });

  it('refuse what no node can hold', () => {
    const refusal = (record: DocumentValue) => {
      try {
        there(record);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'none';
    };
    expect(refusal({ a: null })).toBe('DM_REALTIME_VALUE');
    expect(refusal({ a: [] })).toBe('DM_REALTIME_VALUE');
    expect(refusal({ a: {} })).toBe('DM_REALTIME_VALUE');
    expect(refusal({ a: 5n })).toBe('DM_REALTIME_VALUE');
    expect(refusal({ a: double(Number.NaN) })).toBe('DM_REALTIME_VALUE');
    expect(refusal({ a: '\ud800' })).toBe('DM_REALTIME_TEXT');
    expect(refusal({ '\ud800': 1 })).toBe('DM_REALTIME_TEXT');
    expect(refusal({ a: 'x'.repeat(10_485_761) })).toBe('DM_REALTIME_TOO_LARGE');
    expect(refusal({ ['x'.repeat(769)]: 1 })).toBe('DM_REALTIME_NAME');
  });
});
