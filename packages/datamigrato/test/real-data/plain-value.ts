/** Reads what the project's typed JSON says, knowing nothing but the documented wrapper `{"@dm": kind, "v": …}`: an oracle with no code of the project in it. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  const wrapped = value as { readonly '@dm'?: unknown; readonly v?: unknown };
  if (typeof wrapped['@dm'] !== 'string') return plainObject(Object.entries(value));
  switch (wrapped['@dm']) {
    case 'int64':
    case 'double':
      return Number(wrapped.v);
    case 'document':
      return plainObject(wrapped.v as [string, unknown][]);
    default:
      throw new Error(`the data sets hold no ${wrapped['@dm']}`);
  }
}

function plainObject(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, inner]) => [name, plainValue(inner)]));
}

/** A text that two values share when they are equal, whatever the order of their fields. */
export function sortedText(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}

/** How often each text occurs. */
export function tally(texts: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
