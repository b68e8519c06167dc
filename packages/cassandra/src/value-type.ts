import { createHash } from 'node:crypto';
import type { ValueKind, ValueType } from '@datamigrato/core';
import { type CqlType, cqlTypeText, parseCqlType, type ScalarName } from './cql-type.js';
import { entityNameLimit } from './identifier.js';

const kindOfScalar: Readonly<Record<ScalarName, ValueKind>> = {
  ascii: 'string',
  bigint: 'int64',
  blob: 'binary',
  boolean: 'boolean',
  counter: 'counter',
  date: 'localDate',
  decimal: 'decimal',
  double: 'double',
  duration: 'duration',
  float: 'float32',
  inet: 'inet',
  int: 'int32',
  smallint: 'int16',
  text: 'string',
  time: 'localTime',
  timestamp: 'instant',
  timeuuid: 'timeuuid',
  tinyint: 'int8',
  uuid: 'uuid',
  varint: 'varint',
};

const scalarOfKind: Partial<Readonly<Record<ValueKind, ScalarName>>> = {
  boolean: 'boolean',
  int8: 'tinyint',
  int16: 'smallint',
  int32: 'int',
  int64: 'bigint',
  varint: 'varint',
  counter: 'counter',
  float32: 'float',
  double: 'double',
  decimal: 'decimal',
  string: 'text',
  binary: 'blob',
  instant: 'timestamp',
  localDate: 'date',
  localTime: 'time',
  duration: 'duration',
  uuid: 'uuid',
  timeuuid: 'timeuuid',
  inet: 'inet',
};

/**
 * What a CQL type holds, in core's words.
 *
 * `native` is the type's CQL text, by which {@link cqlTypeOf} finds the very type again: frozen or not, `ascii` or `text`, the name of a user-defined type.
 */
export function valueTypeOf(type: CqlType): ValueType {
  const native = cqlTypeText(type);
  switch (type.name) {
    case 'list':
      return { kind: 'array', element: valueTypeOf(type.element), native };
    case 'set':
      return { kind: 'set', element: valueTypeOf(type.element), native };
    case 'map':
      return { kind: 'map', key: valueTypeOf(type.key), value: valueTypeOf(type.value), native };
    case 'tuple':
      return { kind: 'tuple', elements: type.elements.map(valueTypeOf), native };
    case 'vector':
      // Core's vectors hold floating-point numbers; a vector of anything else is an array of fixed length.
      return {
        kind: holdsNumbers(type.element) ? 'vector' : 'array',
        element: valueTypeOf(type.element),
        dimensions: type.dimensions,
        native,
      };
    case 'udt':
      return {
        kind: 'document',
        fields: type.fields.map((field) => ({ name: field.name, type: valueTypeOf(field.type) })),
        native,
      };
    case 'custom':
      return { kind: 'binary', native };
    default:
      return { kind: kindOfScalar[type.name], native };
  }
}

function holdsNumbers(element: CqlType): boolean {
  return element.name === 'float' || element.name === 'double';
}

/** Where a column stands, for the names of the user-defined types that it needs. */
export interface TypePlace {
  readonly table: string;
  readonly path: readonly string[];
}

/**
 * The CQL type that holds values of a type, or why there is none.
 *
 * Collections come out frozen unless `native` says otherwise: a frozen one keeps empty apart from missing, and a whole value is written anyway.
 */
export function cqlTypeOf(type: ValueType, place: TypePlace): CqlType | { readonly problem: string } {
  try {
    return columnType(type, place, false);
  } catch (thrown) {
    if (thrown instanceof TypeProblem) return { problem: thrown.message };
    throw thrown;
  }
}

/** Whether {@link cqlTypeOf} found no type. */
export function isTypeProblem(found: CqlType | { readonly problem: string }): found is { readonly problem: string } {
  return 'problem' in found;
}

class TypeProblem extends Error {}

function columnType(type: ValueType, place: TypePlace, inside: boolean): CqlType {
  const native = nativeType(type.native);
  // Inside another type everything is frozen; at the top only what says so, or what nothing is said of.
  const frozenAs = (name: string): boolean =>
    inside || native === undefined || native.name !== name || !('frozen' in native) || native.frozen;
  const inner = (part: ValueType | undefined, name: string): CqlType => {
    if (part === undefined)
      throw new TypeProblem(`${JSON.stringify(place.path.join('.'))} does not say what its ${type.kind} holds`);
    return columnType(part, { table: place.table, path: [...place.path, name] }, true);
  };
  if (type.encoding !== undefined) return { name: 'text' };
  switch (type.kind) {
    case 'array':
      if (native?.name === 'vector')
        return { name: 'vector', element: inner(type.element, 'element'), dimensions: native.dimensions };
      return { name: 'list', frozen: frozenAs('list'), element: inner(type.element, 'element') };
    case 'set':
      return { name: 'set', frozen: frozenAs('set'), element: inner(type.element, 'element') };
    case 'map':
      return { name: 'map', frozen: frozenAs('map'), key: inner(type.key, 'key'), value: inner(type.value, 'value') };
    case 'tuple':
      if (type.elements === undefined || type.elements.length === 0)
        throw new TypeProblem(`${JSON.stringify(place.path.join('.'))} does not say what its tuple holds`);
      return { name: 'tuple', elements: type.elements.map((element, index) => inner(element, String(index))) };
    case 'vector':
      return vectorType(type, place);
    case 'document':
      return documentType(type, place, native?.name === 'udt' ? native.type : undefined, frozenAs('udt'));
    case 'binary':
      return native?.name === 'custom' ? native : { name: 'blob' };
    case 'string':
      return { name: native?.name === 'ascii' ? 'ascii' : 'text' };
    default: {
      const name = scalarOfKind[type.kind];
      if (name === undefined)
        throw new TypeProblem(`${JSON.stringify(place.path.join('.'))} is of kind ${type.kind}, which no column holds`);
      return { name };
    }
  }
}

function vectorType(type: ValueType, place: TypePlace): CqlType {
  const where = JSON.stringify(place.path.join('.'));
  const dimensions = type.dimensions;
  if (dimensions === undefined || !Number.isInteger(dimensions) || dimensions < 1)
    throw new TypeProblem(`the vector ${where} has no fixed number of elements`);
  if (dimensions > 8192)
    throw new TypeProblem(`the vector ${where} has ${dimensions} elements; at most 8192 are allowed`);
  return { name: 'vector', element: { name: type.element?.kind === 'double' ? 'double' : 'float' }, dimensions };
}

function documentType(type: ValueType, place: TypePlace, name: string | undefined, frozen: boolean): CqlType {
  if (type.fields === undefined || type.fields.length === 0)
    throw new TypeProblem(`${JSON.stringify(place.path.join('.'))} is a document of no declared fields`);
  const fields = type.fields.map((field) => ({
    name: field.name,
    type: columnType(field.type, { table: place.table, path: [...place.path, field.name] }, true),
  }));
  return { name: 'udt', frozen, type: name ?? udtName(place), fields };
}

/** A name for the user-defined type at a place: the table's and the path's, made to fit. */
function udtName(place: TypePlace): string {
  const full = [place.table, ...place.path].join('_');
  const plain = full.replaceAll(/\W/g, '_');
  if (plain === full && full.length <= entityNameLimit) return full;
  const digest = createHash('sha256')
    .update(JSON.stringify([place.table, ...place.path]))
    .digest('hex')
    .slice(0, 8);
  return `${plain.slice(0, entityNameLimit - digest.length - 1)}_${digest}`;
}

/** The outermost type that a CQL text names, or undefined where it is no CQL text. Inner user-defined types are not looked up. */
function nativeType(native: string | undefined): CqlType | undefined {
  if (native === undefined) return undefined;
  try {
    return parseCqlType(native, () => []);
  } catch {
    // Another store's name for its type says nothing here.
    return undefined;
  }
}
