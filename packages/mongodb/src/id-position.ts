import {
  DatamigratoError,
  type DecimalValue,
  type DoubleValue,
  type Json,
  kindOf,
  type Value,
} from '@datamigrato/core';
import { type BracketName, bracketOf } from './bracket.js';
import { idDocument, idPlace } from './bson/element.js';
import { DocumentReader } from './bson/read-document.js';
import { DocumentWriter } from './bson/write-document.js';
import { driverValue } from './driver-value.js';

/**
 * An `_id` that can be stored as text: a BSON document of this one field, in base64.
 *
 * Bytes are exact for every kind there is, in every order of fields, and show a person who reads a checkpoint no key of a record.
 */
export class StoredId {
  readonly text: string;
  readonly #bytes: Uint8Array;

  private constructor(text: string, bytes: Uint8Array) {
    this.text = text;
    this.#bytes = bytes;
  }

  /** The `_id` of a document; undefined where it has none. */
  static of(document: Uint8Array): StoredId | undefined {
    const place = idPlace(document);
    if (place === undefined) return undefined;
    const bytes = idDocument(document, place);
    return new StoredId(bytes.toString('base64'), bytes);
  }

  static ofValue(id: Value): StoredId {
    const bytes = new DocumentWriter().write({ key: [id], fields: {} });
    return new StoredId(bytes.toString('base64'), bytes);
  }

  static parse(stored: Json | undefined): StoredId {
    if (typeof stored !== 'string') throw damaged();
    const bytes = Buffer.from(stored, 'base64');
    if (idPlace(bytes) === undefined) throw damaged();
    return new StoredId(stored, bytes);
  }

  /** The bracket of types that it compares within; undefined for types that servers take as no `_id`. */
  bracket(): BracketName | undefined {
    return bracketOf(this.#bytes[4] as number);
  }

  /** The canonical value. */
  value(): Value {
    const id = new DocumentReader().readId(this.#bytes);
    if (id === undefined) throw damaged();
    return id;
  }

  /** The value as the driver sends it in a filter; undefined where it has no form for it. */
  driverValue(): unknown {
    return driverValue(this.value());
  }

  /** Whether it is the number that no comparison finds. */
  isNaN(): boolean {
    const value = this.value();
    const kind = kindOf(value);
    if (kind === 'double') return Number.isNaN(numberOf(value));
    return kind === 'decimal' && (value as DecimalValue).text === 'NaN';
  }
}

/** Where a reading goes on: after an `_id`, or, where ids do not tell records apart, after so many records. */
export type Position = { readonly after: StoredId } | { readonly skip: number };

/** A position as core stores it. */
export function positionToJson(position: Position): Json {
  return 'after' in position ? { after: position.after.text } : { skip: position.skip };
}

/** A position that core stored. */
export function positionFromJson(stored: Json): Position {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) throw damaged();
  const { after, skip } = stored as { readonly after?: Json; readonly skip?: Json };
  if (typeof skip === 'number' && Number.isSafeInteger(skip) && skip >= 0) return { skip };
  return { after: StoredId.parse(after) };
}

/** The error for a stored position or partition that this version did not write. */
export function damaged(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_MONGODB_POSITION',
    category: 'usage',
    message: 'A stored position or partition of a MongoDB collection cannot be read',
    nextStep: 'start the migration over; what it wrote is recognised and not doubled',
  });
}

function numberOf(value: Value): number {
  return typeof value === 'number' ? value : (value as DoubleValue).value;
}
