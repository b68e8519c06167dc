import { refusals } from '../request-refusal.js';
import { type Leaf, leafOf, type TreeNode } from './tree-node.js';

/**
 * The leaf that a server value such as `"timestamp"` or `{"increment": 5}` stands for.
 *
 * @param current what stands at the place that is written
 * @param now milliseconds since 1970, one value for a whole request
 */
export function resolveServerValue(operation: unknown, current: TreeNode | undefined, now: number): Leaf {
  if (operation === 'timestamp') return now;
  if (typeof operation === 'object' && operation !== null && 'increment' in operation) {
    const { increment } = operation;
    if (typeof increment === 'number') {
      const before = leafOf(current);
      return (typeof before === 'number' ? before : 0) + increment;
    }
  }
  throw refusals.invalidData("couldn't parse server value.");
}
