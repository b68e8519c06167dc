import {
  double,
  Float32Value,
  Int8Value,
  Int16Value,
  isDatamigratoError,
  kindOf,
  numericOf,
  type Value,
} from '@datamigrato/core';
import type { CqlType } from './cql-type.js';
import { compileEncode } from './encode-value.js';
import { keyBytesLimit } from './partition-key.js';
import type { LayoutColumn } from './row.js';
import { valueTypeOf } from './value-type.js';

/** Types of which every value has one form in bytes, and a kind of its own that is like no other. */
const plainTypes: ReadonlySet<CqlType['name']> = new Set<CqlType['name']>([
  'ascii',
  'blob',
  'date',
  'inet',
  'text',
  'time',
  'timestamp',
  'timeuuid',
  'uuid',
]);

/** Of these, the ones that the server sorts as core compares them: not UUIDs, by version first, nor addresses, byte by byte whatever their length. */
const sortedTypes: ReadonlySet<CqlType['name']> = new Set<CqlType['name']>([
  'ascii',
  'blob',
  'date',
  'text',
  'time',
  'timestamp',
]);

/**
 * All values of a key's column, as bytes, that core takes for the same as a value: none where the column cannot hold any.
 *
 * Undefined where they cannot be told: the server takes any byte but 0 for true, and several forms of one decimal, varint and `NaN`. What is compared by the bytes, as a partition key is, then says less than core.
 */
export function equalInColumn({ name, type, role }: LayoutColumn, value: Value): readonly Buffer[] | undefined {
  if (plainTypes.has(type.name)) {
    const bytes = kindOf(value) === valueTypeOf(type).kind ? heldBytes(type, name, value) : undefined;
    return bytes === undefined ? [] : [bytes];
  }
  switch (type.name) {
    case 'boolean':
      // A clustering column is compared by what the bytes mean.
      if (value === true && role === 'partition') return undefined;
      return typeof value === 'boolean' ? [compileEncode(type, name)(value)] : [];
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'float':
    case 'double': {
      const number = numericOf(value);
      if (number === undefined) return [];
      if (typeof number === 'object' || Number.isNaN(number)) return undefined;
      const forms = isFloating(type) && Number(number) === 0 ? [-0, 0] : [number];
      return forms.flatMap((form) => numberBytes(type, name, form) ?? []);
    }
    default:
      return undefined;
  }
}

/**
 * The bytes by which the server can be asked for the values of a clustering column above or below a value, and gives all that core would. Undefined where core alone can tell.
 */
export function boundInColumn({ name, type }: LayoutColumn, value: Value, side: 'lower' | 'upper'): Buffer | undefined {
  if (sortedTypes.has(type.name))
    return kindOf(value) === valueTypeOf(type).kind ? heldBytes(type, name, value) : undefined;
  const number = numericOf(value);
  if (number === undefined || typeof number === 'object' || Number.isNaN(number)) return undefined;
  // Below the zero there is another one.
  if (isFloating(type) && Number(number) === 0) return numberBytes(type, name, side === 'lower' ? -0 : 0);
  return numberBytes(type, name, number);
}

function isFloating(type: CqlType): boolean {
  return type.name === 'float' || type.name === 'double';
}

/** The bytes of a value, or undefined where the column does not hold it, nor the key of a row. */
function heldBytes(type: CqlType, column: string, value: Value): Buffer | undefined {
  try {
    const bytes = compileEncode(type, column)(value);
    return bytes.length > keyBytesLimit ? undefined : bytes;
  } catch (error) {
    if (isDatamigratoError(error) && error.category === 'record') return undefined;
    throw error;
  }
}

/** The bytes of exactly this number, or undefined where the column does not hold it. */
function numberBytes(type: CqlType, column: string, number: number | bigint): Buffer | undefined {
  if (isFloating(type)) {
    const nearest = type.name === 'float' ? Math.fround(Number(number)) : Number(number);
    if (nearest < number || nearest > number) return undefined;
    return compileEncode(type, column)(type.name === 'float' ? new Float32Value(nearest) : double(nearest));
  }
  if (typeof number === 'number' && !Number.isInteger(number)) return undefined;
  const integer = BigInt(number);
  const bits = integerBits[type.name];
  if (bits === undefined || BigInt.asIntN(bits, integer) !== integer) return undefined;
  return compileEncode(type, column)(integerValue(type, integer));
}

const integerBits: Partial<Readonly<Record<CqlType['name'], number>>> = {
  tinyint: 8,
  smallint: 16,
  int: 32,
  bigint: 64,
};

function integerValue(type: CqlType, integer: bigint): Value {
  switch (type.name) {
    case 'tinyint':
      return new Int8Value(Number(integer));
    case 'smallint':
      return new Int16Value(Number(integer));
    case 'int':
      return Number(integer);
    default:
      return integer;
  }
}
