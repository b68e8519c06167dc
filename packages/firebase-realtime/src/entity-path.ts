import { DatamigratoError, type KeyField } from '@datamigrato/core';

/**
 * Where the records of an entity lie: those of `movies` are the children of that node, those of `movies/*` the children of its children, and names may follow a `*`.
 *
 * Each `*` is a part of the key, and so is the name of the record's own node.
 */
export interface EntityPath {
  readonly name: string;
  /** The names before the first `*`. */
  readonly root: readonly string[];
  /** What follows, up to the record's own node: names, and null for each `*`. */
  readonly levels: readonly (string | null)[];
}

/** A regular expression, as text, for the name of an entity. */
export const entityPattern = '^(?!/)(?!.*//)(?!.*/$)(?!\\*(?:/|$))[^.$#\\[\\]\\u0000-\\u001f\\u007f]+$';

const pattern = new RegExp(entityPattern, 'u');

/** The path that an entity's name tells. Throws `DM_REALTIME_PATH`. */
export function entityPathOf(name: string): EntityPath {
  if (!pattern.test(name)) {
    throw new DatamigratoError({
      code: 'DM_REALTIME_PATH',
      category: 'usage',
      message: `${JSON.stringify(name.slice(0, 80))} is not the path of a node`,
      nextStep: 'write names with `/` between them, such as `shop/movies`, without . $ # [ ] and control characters',
    });
  }
  const names = name.split('/');
  const star = names.indexOf('*');
  const root = star === -1 ? names : names.slice(0, star);
  const levels = star === -1 ? [] : names.slice(star).map((level) => (level === '*' ? null : level));
  return { name, root, levels };
}

/** The parts of the key of an entity's records. */
export function keyFieldsOf(path: EntityPath): readonly KeyField[] {
  const parents = path.levels.flatMap((level, index) => {
    if (level !== null) return [];
    const before = index === 0 ? path.root[path.root.length - 1] : path.levels[index - 1];
    return [`_${before ?? `key${index}`}`];
  });
  const names = parents.map((name, index) => (parents.indexOf(name) === index ? name : `${name}_${index + 1}`));
  return [...names, '_key'].map((name, index) => ({ name, role: index === 0 ? 'partition' : 'clustering' }));
}

/** The name of an entity whose keys have so many parts: one that tells nothing of them gets a `*` for each but the last. */
export function entityForKey(name: string, parts: number): string {
  return name.split('/').includes('*') ? name : name + '/*'.repeat(parts - 1);
}

/** The names from an entity's root to the node of a record, or undefined where the key has another number of parts. */
export function namesBelowRoot(path: EntityPath, key: readonly string[]): readonly string[] | undefined {
  const names: string[] = [];
  let next = 0;
  for (const level of path.levels) {
    if (level !== null) {
      names.push(level);
      continue;
    }
    const part = key[next];
    if (part === undefined) return undefined;
    names.push(part);
    next += 1;
  }
  const own = key[next];
  return own === undefined || key.length !== next + 1 ? undefined : [...names, own];
}
