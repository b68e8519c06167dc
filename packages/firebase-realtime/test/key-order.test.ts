import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameOrder } from '../src/key-order.js';

const itself = (name: string): string => name;
/** A name whose first character UTF-16 and UTF-8 sort differently. */
const [fullWidth, emoji] = ['Ａ', '\u{1f600}'];

describe('the order of names', () => {
  it('has 32-bit integers first, by value, and then texts', () => {
    const names = ['a', 'B', '10', '9', '-1', '007', '7', '2147483648', '-2147483648', '-'];
    expect(new NameOrder().sorted(names, itself)).toEqual([
      '-2147483648',
      '-1',
      '7',
      '007',
      '9',
      '10',
      '-',
      '2147483648',
      'B',
      'a',
    ]);
  });

  it('is total and the same whichever way names come', () => {
    const order = new NameOrder();
    const name = fc.oneof(fc.integer().map(String), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(Math.sign(order.compare(a, b))).toBe(-Math.sign(order.compare(b, a)) + 0);
        if (order.compare(a, b) <= 0 && order.compare(b, c) <= 0) expect(order.compare(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('is by UTF-16 until an answer shows that the server sorts by UTF-8, inside a page or from one to the next', () => {
    const units = new NameOrder();
    expect(units.sorted(['a', emoji, fullWidth], itself)).toEqual(['a', emoji, fullWidth]);
    expect(units.compare(emoji, fullWidth)).toBeLessThan(0);

    const inPage = new NameOrder();
    expect(inPage.sorted(['a', fullWidth, emoji], itself)).toEqual(['a', fullWidth, emoji]);
    expect(inPage.compare(fullWidth, emoji)).toBeLessThan(0);
    expect(inPage.sorted([emoji, fullWidth], itself)).toEqual([fullWidth, emoji]);

    const acrossPages = new NameOrder();
    expect(acrossPages.sorted([fullWidth], itself, 'a')).toEqual([fullWidth]);
    expect(acrossPages.sorted([emoji], itself, fullWidth)).toEqual([emoji]);
    expect(acrossPages.compare(fullWidth, emoji)).toBeLessThan(0);
  });

  it('is not learnt from answers that come in no order at all', () => {
    const order = new NameOrder();
    expect(order.sorted(['c', 'a', 'b'], itself)).toEqual(['a', 'b', 'c']);
    expect(order.compare(emoji, fullWidth)).toBeLessThan(0);
  });
});
