import { isDatamigratoError } from '../error/datamigrato-error.js';
import { BinaryValue } from './binary.js';
import type { Conversion } from './conversion.js';
import { hexadecimal, ObjectIdValue } from './identifier.js';
import { kindSymbol, type ValueKind } from './kind.js';
import { boxedScalarText, scalarFromText, scalarText } from './scalar-text.js';
import { CodeValue, PointerValue, RegularExpressionValue } from './special.js';
import { valueFromText, valueToText } from './text.js';
import { base64 } from './text-writer.js';
import { type BoxedValue, isBoxed, kindOf, type Value } from './value.js';
import { bytesFromBase64 } from './wrapper-reader.js';

/**
 * A value as the string that a person would expect of it: `507f1f77bcf86cd799439011`, `2020-02-29T12:00:00.000Z`, `/^a/i`, base64 of bytes; typed JSON text for what holds other values.
 *
 * Undefined for null, and for code with a scope.
 */
export function stringForm(value: Value): Conversion | undefined {
  if (value === null) return undefined;
  if (!isBoxed(value)) {
    const text = scalarText(value);
    return { value: text ?? valueToText(value), exact: true };
  }
  const text = boxedScalarText(value);
  return text === undefined ? boxedStringForm(value) : { value: text, exact: true };
}

function boxedStringForm(value: BoxedValue): Conversion | undefined {
  switch (value[kindSymbol]) {
    case 'binary':
      return { value: base64(value.bytes), exact: value.subtype === 0 };
    case 'regularExpression':
      return { value: `/${value.pattern}/${value.options}`, exact: !value.options.includes('/') };
    case 'pointer':
      return { value: `${value.namespace}/${hexadecimal(value.id.bytes)}`, exact: true };
    case 'code':
      return value.scope === null ? { value: value.source, exact: true } : undefined;
    default:
      return { value: valueToText(value), exact: true };
  }
}

/** The value of a kind whose {@link stringForm} a string is, or undefined where it is none. */
export function fromStringForm(text: string, kind: ValueKind): Value | undefined {
  switch (kind) {
    case 'null':
      return undefined;
    case 'binary': {
      const bytes = bytesFromBase64(text);
      return bytes === undefined ? undefined : new BinaryValue(bytes);
    }
    case 'regularExpression': {
      const end = text.lastIndexOf('/');
      return text.startsWith('/') && end > 0
        ? new RegularExpressionValue(text.slice(1, end), text.slice(end + 1))
        : undefined;
    }
    case 'pointer': {
      const end = text.lastIndexOf('/');
      const id = scalarFromText('objectId', text.slice(end + 1));
      return end >= 0 && id instanceof ObjectIdValue ? new PointerValue(text.slice(0, end), id) : undefined;
    }
    case 'code':
      return new CodeValue(text, null);
    case 'array':
    case 'set':
    case 'map':
    case 'tuple':
    case 'vector':
    case 'document':
      return fromTypedText(text, kind);
    default:
      return scalarFromText(kind, text);
  }
}

function fromTypedText(text: string, kind: ValueKind): Value | undefined {
  try {
    const value = valueFromText(text);
    return kindOf(value) === kind ? value : undefined;
  } catch (error) {
    if (isDatamigratoError(error) && error.code === 'DM_TEXT_INVALID') return undefined;
    throw error;
  }
}
