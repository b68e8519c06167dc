import fc from 'fast-check';

const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });

/** JSON data that may be stored, `.value` and `.priority` included; the library takes objects with a prototype alone. Numbers are those that `doubleIn` gives. */
export function storableData(doubleIn: fc.Arbitrary<number> = doubles): fc.Arbitrary<unknown> {
  const text = fc.string({ unit: 'grapheme', maxLength: 8 });
  const leaf = fc.oneof(text, fc.boolean(), fc.integer(), doubleIn);
  const keyCharacter = fc.constantFrom('a', 'b', 'A', 'B', '0', '1', '9', '-', '_', ' ', 'é', 'ß', '漢');
  const key = fc.string({ unit: keyCharacter, minLength: 1, maxLength: 4 });
  const priority = fc.oneof(doubleIn, text);
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.record({ '.value': leaf, '.priority': priority }, { noNullPrototype: true }),
      fc.dictionary(key, tie('node'), { maxKeys: 6, noNullPrototype: true }),
      fc
        .tuple(fc.dictionary(key, tie('node'), { maxKeys: 3, noNullPrototype: true }), priority)
        .map(([children, given]) => ({ ...children, '.priority': given })),
    ),
  }));
  return node;
}
