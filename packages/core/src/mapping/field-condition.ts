import type { FilterOperator } from '../connector/source-filter.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { EntitySchema } from '../schema/entity-schema.js';
import { valueToText } from '../value/text.js';
import type { Value } from '../value/value.js';
import type { ConditionPlan } from './mapping-plan.js';

/**
 * What has to hold for a record: of a field of the source, as a path through nested documents, `address.city`, or as the list of its names where one of them has a dot. Compared as {@link FilterOperator} says.
 *
 * `{ field: 'age', is: '>=', value: 18 }`, `{ field: 'country', is: 'in', values: ['at', 'ch'] }`, `{ field: 'email', is: 'exists' }`
 */
export type FieldCondition = { readonly field: string | readonly string[] } & (
  | { readonly is: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: Value }
  | { readonly is: 'in'; readonly values: readonly Value[] }
  | { readonly is: 'exists' | 'missing' }
);

/** The operators, with how many values each takes; null for any number. */
const valueCounts: Readonly<Record<FilterOperator, number | null>> = {
  '=': 1,
  '!=': 1,
  '<': 1,
  '<=': 1,
  '>': 1,
  '>=': 1,
  in: null,
  exists: 0,
  missing: 0,
};

/**
 * The conditions of a mapping, each with its place in the source's records.
 *
 * @throws DatamigratoError `DM_FILTER_INVALID` for what is no condition, `DM_FIELD_UNKNOWN` for a field that no record has.
 */
export function planFilter(
  conditions: readonly FieldCondition[],
  schema: EntitySchema,
  notices: string[],
): readonly ConditionPlan[] {
  return conditions.map((condition) => {
    const names = typeof condition.field === 'string' ? condition.field.split('.') : condition.field;
    const [first = '', ...rest] = names;
    const operator = condition.is;
    const values = 'values' in condition ? condition.values : 'value' in condition ? [condition.value] : [];
    const takes = Object.hasOwn(valueCounts, operator) ? valueCounts[operator] : undefined;
    if (first === '' && names.length <= 1) throw invalid('it names no field');
    if (takes === undefined) throw invalid(`it compares "${names.join('.')}" in a way that there is not`);
    if (takes !== null && takes !== values.length) throw invalid(`"${operator}" takes another number of values`);
    const key = schema.key.findIndex(({ name }) => name === first);
    if (key < 0) requireKnown(first, schema, notices);
    return {
      key: key < 0 ? null : key,
      path: key < 0 ? names : rest,
      operator,
      values: values.map((value) => valueToText(value)),
    };
  });
}

function requireKnown(name: string, schema: EntitySchema, notices: string[]): void {
  if (schema.fields.some((field) => field.name === name)) return;
  if (schema.dynamic === undefined && (schema.origin === 'declared' || schema.sample?.complete === true)) {
    throw new DatamigratoError({
      code: 'DM_FIELD_UNKNOWN',
      category: 'usage',
      message: `The filter names the field "${name}", which ${schema.entity} does not have`,
      nextStep: 'run `datamigrato inspect` to see the names of its fields',
    });
  }
  notices.push(`the filter names a field that was not seen in the sample: "${name}"`);
}

function invalid(why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_FILTER_INVALID',
    category: 'usage',
    message: `A condition of the filter cannot be used: ${why}`,
    nextStep: 'write conditions such as { field: "age", is: ">=", value: 18 }, or --filter age>=18',
  });
}
