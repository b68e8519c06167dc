import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys } from '../src/tree/key-order.js';
import { SortedKeys } from '../src/tree/sorted-keys.js';

const key = fc.oneof(
  fc.integer({ min: -30, max: 30 }).map(String),
  fc.constantFrom('a', 'b', 'é', 'Z', '01', '-0', '2147483647', '2147483648', '-2147483648', '-2147483649', '1.5'),
);

test('keys stay in order whatever comes and goes between looks', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key),
      // Few changes between looks are worked in otherwise than many.
      fc.array(fc.record({ key, look: fc.integer({ min: 0, max: 20 }).map((chance) => chance === 0) }), {
        maxLength: 80,
      }),
      (first, toggles) => {
        const present = new Set(first);
        const sorted = new SortedKeys(present);
        for (const each of toggles) {
          if (present.delete(each.key)) sorted.remove(each.key);
          else {
            present.add(each.key);
            sorted.add(each.key);
          }
          if (each.look) expect(sorted.list()).toEqual([...present].sort(compareKeys));
        }
        expect(sorted.list()).toEqual([...present].sort(compareKeys));
      },
    ),
  );
});

test('integers of 32 bits come first and by value, of equal ones the shorter, then texts by code units', () => {
  const keys = [
    '-2147483648',
    '-1',
    '0',
    '-0',
    '00',
    '1',
    '01',
    '9',
    '10',
    '2147483647',
    '-',
    '-2147483649',
    '1.5',
    '2147483648',
    'Z',
    'a',
    'é',
  ];
  expect(keys.toReversed().sort(compareKeys)).toEqual(keys);
});
