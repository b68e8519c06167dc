/**
 * Names of fields as names of nodes: a name that the database takes stays itself.
 *
 * - A character that no node's name may hold (`.`, `$`, `#`, `[`, `]`, `/`, controls) becomes `%` and two hexadecimal digits; the empty name is `%_`.
 * - Where all names of one map are whole numbers, and would be taken for the indices of an array, each is guarded by `%3`: `%30`, `%31`.
 * - A name that already looks like one of these forms has `25` put behind its `%`. Any other `%` stays itself.
 *
 * Every text is the name of one node and every node's name stands for one text.
 */

/** The longest name of a node, in bytes of UTF-8: https://firebase.google.com/docs/database/usage/limits */
export const nameBytesLimit = 768;

/** What no node's name may hold. */
export const forbiddenCharacters = '[.$#\\[\\]/\\u0000-\\u001f\\u007f]';

/** The hexadecimal digits of what no name may hold. */
const forbiddenDigits = '(?:[01][0-9A-F]|2[34F]|2E|5[BD]|7F)';

const forbidden = new RegExp(forbiddenCharacters);
const toEscape = new RegExp(`${forbiddenCharacters}|%(?=(?:25)*${forbiddenDigits})`, 'g');
const escaped = new RegExp(`%(?:25(?=(?:25)*${forbiddenDigits})|(${forbiddenDigits}))`, 'g');
const emptyName = '%_';
const emptyLike = /^%(?:25)*_$/;

/** The node's name for a field's name. */
export function nodeNameOf(name: string): string {
  if (name === '') return emptyName;
  if (!name.includes('%') && !forbidden.test(name)) return name;
  if (emptyLike.test(name)) return `%25${name.slice(1)}`;
  return name.replace(toEscape, (character) => (character === '%' ? '%25' : hexadecimal(character)));
}

/** The field's name that {@link nodeNameOf} made a node's name of. */
export function fieldNameOf(name: string): string {
  if (!name.includes('%')) return name;
  if (name === emptyName) return '';
  if (emptyLike.test(name)) return `%${name.slice(3)}`;
  return name.replace(escaped, (_, digits: string | undefined) =>
    digits === undefined ? '%' : String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function hexadecimal(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

const wholeNumber = /^(?:0|[1-9]\d*)$/;
const guarded = /^%(?:25)*3(?:0|[1-9]\d*)$/;

/** Whether names are exactly the indices of an array without holes, in any order. */
export function areIndices(names: readonly string[]): boolean {
  return largestIndex(names) === names.length - 1;
}

/** Whether a client library would show an object with these names as an array, holes included: whole numbers, of which more than half of those up to the largest are there. */
export function looksLikeArray(names: readonly string[]): boolean {
  const largest = largestIndex(names);
  return largest !== undefined && largest < 2 * names.length;
}

/** The largest of names that are all whole numbers; undefined where one is not, and for no names. */
function largestIndex(names: readonly string[]): number | undefined {
  let largest: number | undefined;
  for (const name of names) {
    if (!wholeNumber.test(name)) return undefined;
    largest = Math.max(largest ?? 0, Number(name));
  }
  return largest;
}

/** Whether the names of one map are to be guarded: those that would be taken for indices, and those that look guarded. */
export function needGuard(names: readonly string[], takenForIndices: (names: readonly string[]) => boolean): boolean {
  const [first] = names;
  if (first === undefined || !(first.charCodeAt(0) <= 0x39 || first.startsWith('%'))) return false;
  return takenForIndices(names) || names.every((name) => guarded.test(name));
}

/** A name of a map whose names are guarded. */
export function guardedName(name: string): string {
  return wholeNumber.test(name) ? `%3${name}` : `%25${name.slice(1)}`;
}

/** Whether all names of one map are guarded ones. */
export function areGuarded(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => guarded.test(name));
}

/** The name that {@link guardedName} guarded. */
export function unguardedName(name: string): string {
  return name.startsWith('%25') ? `%${name.slice(3)}` : name.slice(2);
}
