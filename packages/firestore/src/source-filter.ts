import type { FilterOperator, SourceCondition } from '@datamigrato/core';
import { FieldEncoder } from './encode-value.js';
import type { EntityPath } from './entity-path.js';
import type { ProtoValue } from './proto-value.js';

/** The one comparison that every field has an index for beside the order of names; others order by the field first. */
export const filterOperators: readonly FilterOperator[] = ['='];

/** That a field has a value. */
export interface FieldEquality {
  readonly fieldPath: string;
  readonly value: ProtoValue;
}

/**
 * What the service can be asked of conditions. None of a group of collections, for which no field has an index unless somebody made one.
 *
 * <https://cloud.google.com/firestore/docs/query-data/index-overview#automatic_indexing>
 */
export function fieldEqualities(entity: EntityPath, conditions: readonly SourceCondition[]): readonly FieldEquality[] {
  if (entity.keyParts !== 1) return [];
  return conditions.flatMap(({ path, inKey, operator, values: [value] }) => {
    // Other names are quoted, or stored under another name; what is inside a map may lie in a part of the document.
    const [name = '', ...inside] = path;
    const isPlain = inside.length === 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^__.*__$/.test(name);
    if (operator !== '=' || inKey || !isPlain || !(typeof value === 'boolean' || isText(value) || isNumber(value)))
      return [];
    const { value: proto } = new FieldEncoder().encode({ value });
    return proto === undefined ? [] : [{ fieldPath: name, value: proto }];
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

/** Numbers that the service and core compare alike, whatever kind of number they meet: not 0, beside which there is -0. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && value !== 0 && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
