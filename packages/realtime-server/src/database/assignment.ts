import { isJsonObject } from '../json-object.js';
import { refusals } from '../request-refusal.js';
import { type Path, parsePath, pathText } from '../tree/path.js';

/** A place and the JSON data that is to stand there. */
export interface Assignment {
  /** Below the place that the request names; may end in `.priority`. */
  readonly path: Path;
  readonly data: unknown;
}

/** The assignments of a merge: an object of data by relative path. */
export function parseAssignments(data: unknown): Assignment[] {
  if (!isJsonObject(data)) throw refusals.unparsable();
  return Object.entries(data).map(([name, value]) => {
    const path = parsePath(name);
    if (path.length === 0) throw refusals.invalidKey(name);
    return { path, data: value };
  });
}

/** Throws where one place of a request lies above another, or is named twice. */
export function checkDisjoint(assignments: readonly Assignment[]): void {
  if (assignments.length < 2) return;
  const named = new Set<string>();
  let deepest = 0;
  for (const { path } of assignments) {
    const text = pathText(path);
    if (path.length === 0 || named.has(text))
      throw refusals.invalidData(`path ${text} is named twice or above others.`);
    named.add(text);
    deepest = Math.max(deepest, path.length);
  }
  if (deepest < 2) return;
  for (const { path } of assignments) {
    for (let length = 1; length < path.length; length += 1) {
      const ancestor = pathText(path.slice(0, length));
      if (named.has(ancestor)) throw refusals.invalidData(`path ${ancestor} is an ancestor of ${pathText(path)}.`);
    }
  }
}
