import { type EntitySchema, entityName, type ValueType } from '@datamigrato/core';

/** A table with a text key `id` and these columns. */
export const plannedTable = (entity: string, fields: Readonly<Record<string, ValueType>>): EntitySchema => ({
  entity: entityName(entity),
  key: [{ name: 'id', role: 'partition', type: { kind: 'string' } }],
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  origin: 'planned',
});
