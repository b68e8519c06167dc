/**
 * The brackets of types that MongoDB keeps apart when it compares, in its order: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 *
 * `{ $gt: x }` finds values of the bracket of `x` alone, so a complete scan of `_id` visits every bracket. Arrays, regular expressions and undefined are missing: servers take none as `_id`.
 */
export const brackets = [
  { name: 'minKey', types: [0xff] },
  { name: 'null', types: [0x0a] },
  { name: 'number', types: [0x01, 0x10, 0x12, 0x13] },
  { name: 'string', types: [0x02, 0x0e] },
  { name: 'document', types: [0x03] },
  { name: 'binary', types: [0x05] },
  { name: 'objectId', types: [0x07] },
  { name: 'boolean', types: [0x08] },
  { name: 'date', types: [0x09] },
  { name: 'timestamp', types: [0x11] },
  { name: 'pointer', types: [0x0c] },
  { name: 'code', types: [0x0d] },
  { name: 'codeWithScope', types: [0x0f] },
  { name: 'maxKey', types: [0x7f] },
] as const;

/** The name of one of {@link brackets}. */
export type BracketName = (typeof brackets)[number]['name'];

/** Types that hardly anyone writes; servers that never held them do not know them in `$type`. */
const rare: ReadonlySet<number> = new Set([0x0c, 0x0d, 0x0e, 0x0f]);

/** The bracket of a BSON type, or undefined for a type that is no `_id`. */
export function bracketOf(type: number): BracketName | undefined {
  return brackets.find((bracket) => (bracket.types as readonly number[]).includes(type))?.name;
}

/** Whether a text is the name of a bracket. */
export function isBracketName(text: unknown): text is BracketName {
  return brackets.some((bracket) => bracket.name === text);
}

/** The brackets after one, in order. */
export function bracketsAfter(name: BracketName): readonly BracketName[] {
  return brackets.slice(brackets.findIndex((bracket) => bracket.name === name) + 1).map((bracket) => bracket.name);
}

/** The conditions on `_id`, one or none, that find all values of some brackets. */
export function bracketConditions(
  names: readonly BracketName[],
  rareTypes: boolean,
): readonly Readonly<Record<string, unknown>>[] {
  const types: number[] = [];
  for (const bracket of brackets) {
    if (!names.includes(bracket.name)) continue;
    for (const type of bracket.types) {
      if (rareTypes || !rare.has(type)) types.push(type === 0xff ? -1 : type);
    }
  }
  return types.length === 0 ? [] : [{ $type: types }];
}
