import { parsePath } from '../tree/path.js';

const stringToken = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** Where in JSON text a key, or a path with it, first stands: `line:column`, both from 1. */
export function keyPlace(text: string, key: string): string {
  for (const { 0: token, 1: colon, index } of text.matchAll(stringToken)) {
    if (colon === undefined) continue;
    const name: unknown = JSON.parse(token.slice(0, -colon.length));
    if (name !== key && !(typeof name === 'string' && parsePath(name).includes(key))) continue;
    const before = text.slice(0, index).split('\n');
    return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  }
  return '1:1';
}
