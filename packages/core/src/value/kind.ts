/**
 * The kinds of value that a record can hold.
 *
 * A kind is what a store can tell apart on reading: an `int32` 5 and a `double` 5 are two values, and moving one must not give the other unless the plan says so.
 */
export const valueKinds = [
  'null',
  'boolean',
  'int8',
  'int16',
  'int32',
  'int64',
  'varint',
  'counter',
  'float32',
  'double',
  'decimal',
  'string',
  'binary',
  'instant',
  'localDate',
  'localTime',
  'duration',
  'uuid',
  'timeuuid',
  'objectId',
  'regularExpression',
  'logicalTimestamp',
  'code',
  'symbol',
  'pointer',
  'minKey',
  'maxKey',
  'undefined',
  'geoPoint',
  'reference',
  'vector',
  'inet',
  'set',
  'map',
  'tuple',
  'array',
  'document',
] as const;

/** One of {@link valueKinds}. */
export type ValueKind = (typeof valueKinds)[number];

/**
 * The property by which a boxed value tells its kind.
 *
 * A registered symbol, so that two copies of this package in one process understand each other's values, and so that no field name of a user can ever be mistaken for it.
 */
export const kindSymbol: unique symbol = Symbol.for('datamigrato.value.kind') as never;
