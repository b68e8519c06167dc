import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areGuarded,
  areIndices,
  fieldNameOf,
  guardedName,
  looksLikeArray,
  nodeNameOf,
  unguardedName,
} from '../src/node-name.js';

/** Names, most of them from the characters that matter here. */
const hostileName = fc.oneof(
  fc.string({ unit: fc.constantFrom('%', '2', '5', 'E', '.', '3', '0', '_', 'a', '/', '\u0000'), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '.sv',
    '.value',
    '.priority',
    '$key',
    '__proto__',
    '',
    '%',
    '%_',
    '%25_',
    '%2E',
    '%252E',
    '100%',
    '50%off',
    '%2e',
    '0',
    '10',
  ),
);

describe('names of nodes', () => {
  it('are the names of fields where the database takes these', () => {
    for (const name of ['title', 'a b', '100%', '50%off', '%2e', 'ünï', '__proto__', '-Nx_1', '%', '007'])
      expect(nodeNameOf(name)).toBe(name);
  });

  it('hold nothing that the database refuses or acts upon', () => {
    expect(nodeNameOf('.sv')).toBe('%2Esv');
    expect(nodeNameOf('a/b')).toBe('a%2Fb');
    expect(nodeNameOf('a%2Fb')).toBe('a%252Fb');
    expect(nodeNameOf('')).toBe('%_');
    fc.assert(
      fc.property(hostileName, (name) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(nodeNameOf(name)).toMatch(/^[^.$#[\]/\u0000-\u001f\u007f]+$/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('stand each for one name of a field, and the other way round', () => {
    fc.assert(
      fc.property(hostileName, (name) => {
        expect(fieldNameOf(nodeNameOf(name))).toBe(name);
        const node = nodeNameOf(name);
        expect(nodeNameOf(fieldNameOf(node))).toBe(node);
        const foreign = name.replace(/[.$#[\]/\p{Cc}]/gu, 'x');
        if (foreign !== '') expect(nodeNameOf(fieldNameOf(foreign))).toBe(foreign);
      }),
      { numRuns: 5000 },
    );
  });

  it('are guarded and back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat().map(String), fc.constantFrom('%30', '%2530', '%25253123')), (name) => {
        expect(areGuarded([guardedName(name)])).toBe(true);
        expect(unguardedName(guardedName(name))).toBe(name);
      }),
    );
  });

  it('are those of an array exactly where a client library says so', () => {
    expect(areIndices(['0', '1', '2'])).toBe(true);
    expect(areIndices(['1', '0'])).toBe(true);
    expect(areIndices(['0', '2'])).toBe(false);
    expect(areIndices([])).toBe(false);
    expect(areIndices(['0', 'a'])).toBe(false);
    expect(looksLikeArray(['1', '2'])).toBe(true);
    expect(looksLikeArray(['0', '5'])).toBe(false);
    expect(looksLikeArray(['00'])).toBe(false);
    expect(looksLikeArray(['5', '6', '7', '8'])).toBe(false);
  });
});
