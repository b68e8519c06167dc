import type { FilterOperator, SourceCondition } from '@datamigrato/core';
import { boundInColumn, equalInColumn } from './compared-values.js';
import { keyBytesLimit, partitionKeyLength } from './partition-key.js';
import type { LayoutColumn } from './row.js';

/** Comparisons by which the key of a table can be narrowed down. */
export const filterOperators: readonly FilterOperator[] = ['=', 'in', '<', '<=', '>', '>='];

/** More single partitions than these are not read one by one. */
const mostPartitions = 1_000;

/** Rows of a partition that lie next to one another: those whose leading clustering columns have these values, and the next one lies within these bounds. */
export interface ClusteringRange {
  /** Bytes of the leading columns. */
  readonly equal: readonly Buffer[];
  /** At most one below and one above. */
  readonly bounds: readonly ClusteringBound[];
}

/** Where a range of clustering keys begins or ends. */
export interface ClusteringBound {
  readonly operator: '<' | '<=' | '>' | '>=';
  readonly bytes: Buffer;
}

/** All rows of a partition. */
export const wholePartition: ClusteringRange = { equal: [], bounds: [] };

/** What conditions leave of a table. */
export interface KeySelection {
  /** The keys of the partitions, as bytes of their columns. None where no row can fulfil the conditions. */
  readonly partitions: readonly (readonly Buffer[])[];
  readonly clustering: ClusteringRange;
  /** The conditions that this follows from. */
  readonly conditions: readonly SourceCondition[];
}

/**
 * The single partitions, and the part of each, in which all rows lie that fulfil conditions. Undefined where they may lie anywhere in the ring: the conditions leave a column of the partition key open.
 *
 * Nothing is asked of the server that it would search for: `ALLOW FILTERING` reads whole ranges of tokens within the time of one request, and so fails where little is found.
 */
export function keySelection(
  columns: readonly LayoutColumn[],
  conditions: readonly SourceCondition[],
): KeySelection | undefined {
  const used = new Set<SourceCondition>();
  const ofColumn = ({ name }: LayoutColumn): readonly SourceCondition[] =>
    conditions.filter(({ inKey, path }) => inKey && path.length === 1 && path[0] === name);
  let partitions: readonly (readonly Buffer[])[] = [[]];
  for (const column of columns.filter(({ role }) => role === 'partition')) {
    const own = equalitiesOf(column, ofColumn(column));
    if (own === undefined) return undefined;
    partitions = partitions.flatMap((parts) => own.values.map((value) => [...parts, value]));
    if (partitions.length > mostPartitions) return undefined;
    for (const condition of own.conditions) used.add(condition);
  }
  const equal: Buffer[] = [];
  let bounds: readonly ClusteringBound[] = [];
  for (const column of columns.filter(({ role }) => role === 'clustering')) {
    const own = equalitiesOf(column, ofColumn(column));
    if (own === undefined || own.values.length > 1) {
      bounds = boundsOf(column, ofColumn(column), used);
      break;
    }
    for (const condition of own.conditions) used.add(condition);
    equal.push(...own.values);
    if (own.values.length > 0) continue;
    // Where no value will do, no row will.
    partitions = [];
    break;
  }
  return {
    partitions: partitions.filter(isPartitionKey),
    clustering: { equal, bounds },
    conditions: conditions.filter((condition) => used.has(condition)),
  };
}

/** What equalities leave of a column's values. */
interface Equalities {
  readonly values: readonly Buffer[];
  /** Those that can be told by bytes. */
  readonly conditions: readonly SourceCondition[];
}

/** The values of a column that fulfil each equality which can be told by bytes; undefined where there is no such equality. */
function equalitiesOf(column: LayoutColumn, conditions: readonly SourceCondition[]): Equalities | undefined {
  let found: ReadonlyMap<string, Buffer> | undefined;
  const used: SourceCondition[] = [];
  for (const condition of conditions) {
    if (condition.operator !== '=' && condition.operator !== 'in') continue;
    const alternatives = condition.values.map((value) => equalInColumn(column, value));
    const known = alternatives.filter((values) => values !== undefined);
    if (known.length < alternatives.length) continue;
    const own = new Map(known.flat().map((bytes) => [bytes.toString('hex'), bytes] as const));
    const earlier = found;
    found = earlier === undefined ? own : new Map([...own].filter(([text]) => earlier.has(text)));
    used.push(condition);
  }
  return found && { values: [...found.values()], conditions: used };
}

/** The first bound on each side: a server takes no second one. */
function boundsOf(
  column: LayoutColumn,
  conditions: readonly SourceCondition[],
  used: Set<SourceCondition>,
): readonly ClusteringBound[] {
  const bounds = new Map<'lower' | 'upper', ClusteringBound>();
  for (const condition of conditions) {
    const [value = null] = condition.values;
    for (const operator of boundOperators(condition.operator)) {
      const side = sideOf(operator);
      const bytes = bounds.has(side) ? undefined : boundInColumn(column, value, side);
      if (bytes === undefined) continue;
      bounds.set(side, { operator, bytes });
      used.add(condition);
    }
  }
  return [...bounds.values()];
}

/** As a range: two values of a column, such as the two zeros, may be equal and stand side by side. */
function boundOperators(operator: FilterOperator): readonly ClusteringBound['operator'][] {
  if (operator === '=') return ['>=', '<='];
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=' ? [operator] : [];
}

/** On which side of its value a bound has the rows that it leaves out. */
export function sideOf(operator: ClusteringBound['operator']): 'lower' | 'upper' {
  return operator.startsWith('>') ? 'lower' : 'upper';
}

/** Whether there can be such a partition at all: the server refuses to look for one whose key is empty or too large. */
function isPartitionKey(parts: readonly Buffer[]): boolean {
  const length = partitionKeyLength(parts);
  return length > 0 && length <= keyBytesLimit;
}
