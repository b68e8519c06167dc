import { type FilterOperator, kindOf, type SourceCondition, type Value, type ValueKind } from '@datamigrato/core';
import { driverValue } from './driver-value.js';

/** A filter of a `find` command. */
export type FindFilter = Readonly<Record<string, unknown>>;

const operators = { '=': '$eq', '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const;

/** Comparisons that the server decides so that no document is left out for which core would decide otherwise: MongoDB also looks into arrays, and then finds more. */
export const filterOperators: readonly FilterOperator[] = ['=', '<', '<=', '>', '>=', 'in', 'exists'];

/** Kinds that MongoDB compares as core does. */
const comparedKinds: ReadonlySet<ValueKind> = new Set<ValueKind>([
  'boolean',
  'double',
  'instant',
  'int32',
  'int64',
  'null',
  'objectId',
  'string',
  'uuid',
]);

/** Kinds of which some values are larger than others. */
const orderedKinds: ReadonlySet<ValueKind> = new Set<ValueKind>(['double', 'instant', 'int32', 'int64', 'string']);

/** What the server can be asked of conditions; those that it would decide otherwise than core are left to core. */
export function findFilters(conditions: readonly SourceCondition[]): readonly FindFilter[] {
  return conditions.flatMap((condition) => {
    const name = pathText(condition.path);
    const test = name === undefined ? undefined : testOf(condition);
    return name === undefined || test === undefined ? [] : [{ [name]: test }];
  });
}

/** Names joined as the server reads them, or undefined where one of them means something else to it. */
function pathText(path: readonly string[]): string | undefined {
  const isPlain = path.every((name) => name !== '' && name !== '__proto__' && !/[.$\0]/.test(name));
  return isPlain ? path.join('.') : undefined;
}

function testOf({ operator, values }: SourceCondition): FindFilter | undefined {
  switch (operator) {
    case 'exists':
      return { $exists: true };
    case 'in': {
      const wanted = values.map((value) => sentAs(value, comparedKinds));
      return wanted.includes(undefined) ? undefined : { $in: wanted };
    }
    case '!=':
    case 'missing':
      return undefined;
    default: {
      const [value = null] = values;
      const wanted = sentAs(value, operator === '=' ? comparedKinds : orderedKinds);
      return wanted === undefined ? undefined : { [operators[operator]]: wanted };
    }
  }
}

function sentAs(value: Value, kinds: ReadonlySet<ValueKind>): unknown {
  if (!kinds.has(kindOf(value))) return undefined;
  // A date of MongoDB has milliseconds, and no date would equal one that has more.
  if (typeof value === 'object' && value !== null && 'nanoseconds' in value && value.nanoseconds !== 0)
    return undefined;
  return driverValue(value);
}
