import type { Manifest } from '../connector/manifest.js';
import type { FilterOperator, SourceCondition } from '../connector/source-filter.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { DataRecord } from '../record/data-record.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import { fieldOf } from '../value/collection.js';
import { compareNumeric, type Numeric } from '../value/numeric-order.js';
import { compareValues, numericOf } from '../value/order.js';
import { valueFromText, valueToText } from '../value/text.js';
import { isDocument, kindOf, type Value } from '../value/value.js';
import type { ConditionPlan, MappingPlan } from './mapping-plan.js';
import { restorerFor } from './restore-record.js';

/** Whether a record of the source is to be moved. */
export type RecordFilter = (record: DataRecord) => boolean;

/** Compiles a plan's conditions; undefined where there are none. */
export function compileFilter(conditions: readonly ConditionPlan[] | undefined): RecordFilter | undefined {
  if (conditions === undefined || conditions.length === 0) return undefined;
  const tests = conditions.map(({ key, path, operator, values }) => {
    const test = compileTest(operator, values.map(valueFromText));
    return (record: DataRecord): boolean => test(valueAt(key === null ? record.fields : record.key[key], path));
  });
  return (record) => tests.every((test) => test(record));
}

/** Core's own decision about conditions as a source is given them: against it tests of a connector hold what the store leaves out. */
export function conditionsHold(conditions: readonly SourceCondition[], schema: EntitySchema): RecordFilter {
  const filter = compileFilter(
    conditions.map(({ path, inKey, operator, values }) => {
      const [name, ...inside] = path;
      const key = inKey ? schema.key.findIndex((part) => part.name === name) : null;
      return { key, path: inKey ? inside : path, operator, values: values.map((value) => valueToText(value)) };
    }),
  );
  return filter ?? (() => true);
}

/** The conditions that a source may apply itself: none where what it holds first has to be restored. */
export function sourceFilterFor(
  plan: Pick<EntityPlan, 'mapping' | 'restore' | 'source' | 'sourceSchema'>,
  source: Manifest,
): readonly SourceCondition[] | undefined {
  const { filter = [] } = plan.mapping;
  const { filters: known = [], selects } = source;
  const conditions = filter
    .filter(({ operator }) => known.includes(operator))
    .map(({ key, path, operator, values }) => ({
      path: key === null ? path : [plan.sourceSchema.key[key]?.name ?? '', ...path],
      inKey: key !== null,
      operator,
      values: values.map(valueFromText),
    }));
  if (conditions.length === 0 || restorerFor(plan, source) !== undefined) return undefined;
  const pushed = selects === undefined ? conditions : selects(plan.sourceSchema, conditions);
  return pushed.length === 0 ? undefined : pushed;
}

/** What a person should know of a plan's filter: how many conditions there are, and which of them save the reading of records. Never a value. */
export function filterNotices(
  filter: MappingPlan['filter'],
  pushed: readonly SourceCondition[] = [],
): readonly string[] {
  if (filter === undefined) return [];
  const conditions = filter.length === 1 ? 'one condition' : `${filter.length} conditions`;
  const left = pushed.map(({ path, operator }) => `${JSON.stringify(path.join('.'))} ${operator}`).join(', ');
  const where = left === '' ? 'none of which the source can apply' : `of which the source applies ${left}`;
  return [`records are filtered by ${conditions}, ${where}; the estimate counts all records`];
}

function valueAt(root: Value | undefined, path: readonly string[]): Value | undefined {
  let value = root;
  for (const name of path) {
    if (value === undefined || value === null || !isDocument(value)) return undefined;
    value = fieldOf(value, name);
  }
  return value;
}

type ValueTest = (value: Value | undefined) => boolean;

function compileTest(operator: FilterOperator, values: readonly Value[]): ValueTest {
  const [wanted = null] = values;
  const ordered = (accepts: (order: number) => boolean): ValueTest => {
    return (value) => {
      const order = value === undefined ? undefined : orderOf(value, wanted);
      return order !== undefined && accepts(order);
    };
  };
  switch (operator) {
    case '=':
      return (value) => value !== undefined && isEqual(value, wanted);
    case '!=':
      return (value) => value === undefined || !isEqual(value, wanted);
    case 'in':
      return (value) => value !== undefined && values.some((one) => isEqual(value, one));
    case '<':
      return ordered((order) => order < 0);
    case '<=':
      return ordered((order) => order <= 0);
    case '>':
      return ordered((order) => order > 0);
    case '>=':
      return ordered((order) => order >= 0);
    case 'exists':
      return (value) => value !== undefined;
    case 'missing':
      return (value) => value === undefined;
  }
}

/** Whether two values are the same, numbers of different kinds included. */
function isEqual(a: Value, b: Value): boolean {
  return orderOf(a, b) === 0 || compareValues(a, b) === 0;
}

/** How two values stand to one another; undefined where neither is larger. */
function orderOf(a: Value, b: Value): number | undefined {
  const left = numericOf(a);
  const right = numericOf(b);
  if (left !== undefined && right !== undefined)
    return isNotANumber(left) || isNotANumber(right) ? undefined : compareNumeric(left, right);
  return kindOf(a) === kindOf(b) ? compareValues(a, b) : undefined;
}

function isNotANumber(value: Numeric): boolean {
  return typeof value === 'object' ? value.text === 'NaN' : Number.isNaN(value);
}
