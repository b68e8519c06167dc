import type { NameRules } from '../connector/manifest.js';

/**
 * The name that an entity gets in a target where nobody chose one: its own, as far as both stores mean the same by it.
 *
 * Where a source's name is a path with a `*` for each part of a key, a target that knows no such paths has the names in it joined, `users_messages` for `users/*\/messages`;
 * one whose paths are others has it without the last `*`, and makes of it what its keys need.
 */
export function entityNameFor(name: string, source: NameRules, target: NameRules): string {
  if (source.entityForKey === undefined || !name.split('/').includes('*')) return name;
  if (target.entityForKey === undefined) {
    return name
      .split('/')
      .filter((segment) => segment !== '*')
      .join('_');
  }
  if (target.entityPattern === source.entityPattern) return name;
  const isPath = target.entityPattern === null || new RegExp(target.entityPattern, 'u').test(name);
  return isPath && !name.endsWith('/*') ? name : name.replace(/(?:\/\*)+$/, '');
}
