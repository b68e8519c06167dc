import { createHash } from 'node:crypto';
import type { Json } from '@datamigrato/core';
import { type BracketName, bracketConditions, bracketsAfter, isBracketName } from './bracket.js';
import { damaged, StoredId } from './id-position.js';

/**
 * What a partition reads.
 *
 * - `range`: the ids of one bracket, from one (inclusive) to another (exclusive); without them, to the bracket's ends.
 * - `others`: all ids of the brackets that a plan found empty. Reading them as well makes a scan complete by construction, whatever was written since the plan.
 * - `everything`: all documents of a view or a time series, whose `_id` may be missing or repeat.
 *
 * `collated` asks for comparison by bytes where the collection has another default.
 */
export type PartitionRange = { readonly collated: boolean } & (
  | { readonly kind: 'range'; readonly bracket: BracketName; readonly from?: StoredId; readonly to?: StoredId }
  | { readonly kind: 'others'; readonly brackets: readonly BracketName[] }
  | { readonly kind: 'everything' }
);

/** A condition on `_id`. */
export type IdCondition = Readonly<Record<string, unknown>>;

/** A range as core stores it. */
export function rangeToJson(range: PartitionRange): Json {
  const collated = range.collated ? { collated: true } : {};
  switch (range.kind) {
    case 'range':
      return {
        kind: range.kind,
        bracket: range.bracket,
        ...(range.from && { from: range.from.text }),
        ...(range.to && { to: range.to.text }),
        ...collated,
      };
    case 'others':
      return { kind: range.kind, brackets: range.brackets, ...collated };
    case 'everything':
      return { kind: range.kind, ...collated };
  }
}

/** A range that core stored. */
export function rangeFromJson(stored: Json): PartitionRange {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) throw damaged();
  const { kind, bracket, from, to, brackets, collated: collatedJson } = stored as Readonly<Record<string, Json>>;
  const collated = collatedJson === true;
  if (kind === 'everything') return { kind, collated };
  if (kind === 'others' && Array.isArray(brackets) && brackets.every(isBracketName))
    return { kind, brackets, collated };
  if (kind === 'range' && isBracketName(bracket)) {
    return {
      kind,
      bracket,
      collated,
      ...(from !== undefined && { from: StoredId.parse(from) }),
      ...(to !== undefined && { to: StoredId.parse(to) }),
    };
  }
  throw damaged();
}

/** A name for a range that shows no key: the bracket, and a digest of the borders where there are some. */
export function rangeId(range: PartitionRange): string {
  if (range.kind === 'everything') return range.kind;
  const digest = createHash('sha256')
    .update(JSON.stringify(rangeToJson(range)))
    .digest('hex')
    .slice(0, 12);
  if (range.kind === 'others') return `others-${digest}`;
  return range.from || range.to ? `${range.bracket}-${digest}` : range.bracket;
}

/**
 * The conditions whose results, one after the other, are what a range holds after an `_id`, in order.
 *
 * @param rareTypes - Whether the server knows the types that no current driver writes.
 */
export function conditionsOf(
  range: PartitionRange,
  after: StoredId | undefined,
  rareTypes: boolean,
): readonly IdCondition[] {
  switch (range.kind) {
    case 'everything':
      return [{}];
    case 'range':
      return conditionsInBracket(range.bracket, range, after, rareTypes);
    case 'others': {
      const bracket = after?.bracket();
      if (after === undefined || bracket === undefined) return bracketConditions(range.brackets, rareTypes);
      const later = bracketsAfter(bracket).filter((name) => range.brackets.includes(name));
      return [...conditionsInBracket(bracket, {}, after, rareTypes), ...bracketConditions(later, rareTypes)];
    }
  }
}

function conditionsInBracket(
  bracket: BracketName,
  borders: { readonly from?: StoredId; readonly to?: StoredId },
  after: StoredId | undefined,
  rareTypes: boolean,
): readonly IdCondition[] {
  const upper = borders.to === undefined ? {} : { $lt: borders.to.driverValue() };
  const last = after?.driverValue();
  if (after !== undefined && last !== undefined) {
    // `$gt` with the least or greatest key compares across all brackets, and nothing follows the one null.
    if (bracket === 'minKey' || bracket === 'maxKey' || bracket === 'null') return [];
    if (after.isNaN()) return [{ $gte: Number.NEGATIVE_INFINITY, ...upper }];
    return [{ $gt: last, ...upper }];
  }
  if (borders.from !== undefined) return [{ $gte: borders.from.driverValue(), ...upper }];
  if (borders.to === undefined) return bracketConditions([bracket], rareTypes);
  // Comparisons never find NaN, which sorts before all other numbers.
  if (bracket === 'number') return [{ $eq: Number.NaN }, { $gte: Number.NEGATIVE_INFINITY, ...upper }];
  return [upper];
}
