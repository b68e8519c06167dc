import { DatamigratoError, kindOf, type Value } from '@datamigrato/core';
import { type CqlType, cqlTypeText } from './cql-type.js';

/** A value of another kind than its column takes. */
export function kindProblem(type: CqlType, column: string, value: Value): DatamigratoError {
  const kind = value === null ? 'null' : kindOf(value);
  return new DatamigratoError({
    code: 'DM_CASSANDRA_VALUE_KIND',
    category: 'record',
    message: `The column ${JSON.stringify(column)} holds ${cqlTypeText(type)}, which a value of kind ${kind} is not`,
    nextStep: 'let the plan choose the column’s type, or change the mapping of this field',
    context: { column, kind },
  });
}

/** A null where a collection would have to hold it. */
export function nullProblem(column: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_VALUE_KIND',
    category: 'record',
    message: `The collection in column ${JSON.stringify(column)} holds a null, which no collection of Cassandra can`,
    nextStep: 'map the field to typed JSON text',
    context: { column, kind: 'null' },
  });
}

/** A value of the right kind that the column has no room for. */
export function rangeProblem(column: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_VALUE_RANGE',
    category: 'record',
    message: `The column ${JSON.stringify(column)} cannot hold ${why}`,
    nextStep: 'map the field to text, or leave it out',
    context: { column },
  });
}

/** A text that would be changed by writing it. */
export function textProblem(column: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CASSANDRA_TEXT_INVALID',
    category: 'record',
    message: `A text for the column ${JSON.stringify(column)} holds ${why}`,
    nextStep: 'repair the text at its source',
    context: { column },
  });
}
