import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentedLimits } from '../src/limits.js';
import { viewWith } from '../src/rules/view-with.js';
import { buildNode } from '../src/tree/build-node.js';
import { DataTree } from '../src/tree/data-tree.js';
import { nodeText } from '../src/tree/node-text.js';
import { comparePaths, isAtOrBelow, type Path } from '../src/tree/path.js';
import { storableData } from './data-arbitrary.js';

const context = { limits: documentedLimits, now: 0 };
const key = fc.constantFrom('a', 'b', '0', 'é');
const path = fc.array(key, { maxLength: 3 });
const replaced = fc.record({ path, data: fc.oneof(storableData(), fc.constant(null)) });

test('data as a rule sees them before a write are what the write makes of them', () => {
  fc.assert(
    fc.property(
      storableData(),
      fc.array(replaced, { minLength: 1, maxLength: 4 }),
      fc.array(path),
      (before, given, looks) => {
        const tree = new DataTree();
        tree.set([], buildNode(before, undefined, 0, context));
        const disjoint: { path: Path; node: ReturnType<typeof buildNode> }[] = [];
        for (const { path: place, data } of given) {
          if (disjoint.some((each) => isAtOrBelow(each.path, place) || isAtOrBelow(place, each.path))) continue;
          disjoint.push({ path: place, node: buildNode(data, undefined, place.length, context) });
        }
        const view = viewWith((place) => tree.get(place), disjoint);
        const form = disjoint.every(({ node }) => node !== undefined) ? 'export' : 'plain';
        const seen = looks.map((place) => nodeText(view(place), form, Number.POSITIVE_INFINITY));
        for (const each of disjoint.toSorted((left, right) => comparePaths(left.path, right.path))) {
          tree.set(each.path, each.node);
        }
        expect(seen).toEqual(looks.map((place) => nodeText(tree.get(place), form, Number.POSITIVE_INFINITY)));
      },
    ),
    { numRuns: 500 },
  );
});
