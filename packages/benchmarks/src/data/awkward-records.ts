import type { Cell, DataSet } from './data-set.js';

/** Values at the edges of their kinds; record by record each column takes the next of its own. */
const edges = {
  text: [
    '',
    'a',
    '\u2028\u2029',
    '__proto__',
    '"quoted" and \\ slashed',
    'Ελλάδα',
    '👩‍🚀',
    '  spaces  ',
    '$where',
    'a.b',
  ],
  int: [0, 1, -1, 2147483647, -2147483648],
  bigint: [0n, 9007199254740993n, -9007199254740993n, 9223372036854775807n, -9223372036854775808n],
  double: [0.5, 1.7976931348623157e308, 5e-324, -0.1, 1e21],
  boolean: [true, false],
  timestamp: [0, -1, 253402300799999, -62135596800000, 1700000000123],
  binary: [Buffer.alloc(0), Buffer.from([0]), Buffer.from('00ff00ff', 'hex'), Buffer.alloc(300, 0xab)],
  decimal: ['0', '1.00', '-0.000001', '12345678901234567890.1234567890123', '1E+10'],
  texts: [['a'], ['', ''], ['\u2028'], Array.from({ length: 50 }, (_, index) => `item ${index}`)],
  json: [
    { a: { b: [1, 'two', null, { c: true }] } },
    { 'with space': 1.5, '': 'empty name' },
    [[1], [2, 3]],
    { deep: [[[[['x']]]]] },
  ],
} as const satisfies Record<string, readonly Cell[]>;

const types = Object.keys(edges) as (keyof typeof edges)[];

/** Every type of column in every record, with values at the edges of each. */
export const awkwardRecords: DataSet = {
  name: 'awkward',
  description: 'generated, every kind at its edges in every record',
  columns: [
    { name: 'id', type: 'text' },
    { name: 'uuid_field', type: 'uuid' },
    ...types.map((type) => ({ name: `${type}_field`, type })),
  ],
  size: null,
  row: (index) => [
    `awkward-${String(index).padStart(9, '0')}`,
    Buffer.from(index.toString(16).padStart(32, '0'), 'hex'),
    ...types.map((type, column) => edges[type][(index + column) % edges[type].length]),
  ],
};
