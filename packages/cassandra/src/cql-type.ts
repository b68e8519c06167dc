import { DatamigratoError } from '@datamigrato/core';
import { quoted } from './identifier.js';

/** Names of the types without parameters. `varchar` is read as `text`. */
export const scalarNames = [
  'ascii',
  'bigint',
  'blob',
  'boolean',
  'counter',
  'date',
  'decimal',
  'double',
  'duration',
  'float',
  'inet',
  'int',
  'smallint',
  'text',
  'time',
  'timestamp',
  'timeuuid',
  'tinyint',
  'uuid',
  'varint',
] as const;

/** One of {@link scalarNames}. */
export type ScalarName = (typeof scalarNames)[number];

/** A type of a column. User-defined types carry their fields, so that values can be read and written without asking the server. */
export type CqlType =
  | { readonly name: ScalarName }
  | { readonly name: 'list' | 'set'; readonly frozen: boolean; readonly element: CqlType }
  | { readonly name: 'map'; readonly frozen: boolean; readonly key: CqlType; readonly value: CqlType }
  | { readonly name: 'tuple'; readonly elements: readonly CqlType[] }
  | { readonly name: 'vector'; readonly element: CqlType; readonly dimensions: number }
  | { readonly name: 'udt'; readonly frozen: boolean; readonly type: string; readonly fields: readonly UdtField[] }
  | { readonly name: 'custom'; readonly class: string };

/** A field of a user-defined type. */
export interface UdtField {
  readonly name: string;
  readonly type: CqlType;
}

/** The fields of a user-defined type by its name, or undefined where the keyspace has none of this name. */
export type UdtLookup = (name: string) => readonly UdtField[] | undefined;

const scalars: ReadonlySet<string> = new Set(scalarNames);

/**
 * A type from the text that `system_schema` has for it, such as `map<text, frozen<list<int>>>`.
 *
 * The driver's own parser is not used: it takes a type named `list_item` for a list.
 *
 * @throws DatamigratoError `DM_CASSANDRA_TYPE_UNSUPPORTED` for text that is none, or that names an unknown type.
 */
export function parseCqlType(text: string, udts: UdtLookup): CqlType {
  const parser = new TypeParser(text, udts);
  const type = parser.type(false);
  parser.end();
  return type;
}

class TypeParser {
  readonly #text: string;
  readonly #udts: UdtLookup;
  #offset = 0;

  constructor(text: string, udts: UdtLookup) {
    this.#text = text;
    this.#udts = udts;
  }

  type(frozen: boolean): CqlType {
    this.#space();
    const first = this.#text[this.#offset];
    if (first === "'") return { name: 'custom', class: this.#delimited("'") };
    if (first === '"') return this.#udt(this.#delimited('"'), frozen);
    const word = this.#word();
    if (this.#text[this.#offset] !== '<') {
      if (scalars.has(word)) return { name: word as ScalarName };
      return word === 'varchar' ? { name: 'text' } : this.#udt(word, frozen);
    }
    switch (word) {
      case 'frozen': {
        const [inner] = this.#parameters(true, 1);
        return inner as CqlType;
      }
      case 'list':
      case 'set': {
        const [element] = this.#parameters(false, 1);
        return { name: word, frozen, element: element as CqlType };
      }
      case 'map': {
        const [key, value] = this.#parameters(false, 2);
        return { name: 'map', frozen, key: key as CqlType, value: value as CqlType };
      }
      case 'tuple':
        return { name: 'tuple', elements: this.#parameters(false, undefined) };
      case 'vector':
        return this.#vector();
      default:
        throw this.#unsupported();
    }
  }

  end(): void {
    this.#space();
    if (this.#offset < this.#text.length) throw this.#unsupported();
  }

  #parameters(frozen: boolean, count: number | undefined): readonly CqlType[] {
    this.#expect('<');
    const types = [this.type(frozen)];
    this.#space();
    while (this.#text[this.#offset] === ',') {
      this.#offset += 1;
      types.push(this.type(frozen));
      this.#space();
    }
    this.#expect('>');
    if (count !== undefined && types.length !== count) throw this.#unsupported();
    return types;
  }

  #vector(): CqlType {
    this.#expect('<');
    const element = this.type(false);
    this.#space();
    this.#expect(',');
    this.#space();
    const dimensions = Number(this.#word());
    this.#space();
    this.#expect('>');
    if (!Number.isInteger(dimensions) || dimensions < 1) throw this.#unsupported();
    return { name: 'vector', element, dimensions };
  }

  #udt(type: string, frozen: boolean): CqlType {
    const fields = this.#udts(type);
    if (fields === undefined) throw this.#unsupported();
    return { name: 'udt', frozen, type, fields };
  }

  #word(): string {
    const match = /\w*/y;
    match.lastIndex = this.#offset;
    const word = match.exec(this.#text)?.[0] ?? '';
    if (word === '') throw this.#unsupported();
    this.#offset += word.length;
    return word;
  }

  #delimited(quote: string): string {
    let end = this.#offset + 1;
    for (;;) {
      end = this.#text.indexOf(quote, end);
      if (end < 0) throw this.#unsupported();
      if (this.#text[end + 1] !== quote) break;
      end += 2;
    }
    const inner = this.#text.slice(this.#offset + 1, end).replaceAll(quote + quote, quote);
    this.#offset = end + 1;
    return inner;
  }

  #space(): void {
    while (this.#text[this.#offset] === ' ') this.#offset += 1;
  }

  #expect(character: string): void {
    if (this.#text[this.#offset] !== character) throw this.#unsupported();
    this.#offset += 1;
  }

  #unsupported(): DatamigratoError {
    return new DatamigratoError({
      code: 'DM_CASSANDRA_TYPE_UNSUPPORTED',
      category: 'endpoint',
      message: `A column has the type ${JSON.stringify(this.#text)}, which this connector does not know`,
      nextStep: 'leave the table or the column out',
    });
  }
}

/** A type as CQL text, with every frozen place marked. */
export function cqlTypeText(type: CqlType): string {
  switch (type.name) {
    case 'list':
    case 'set':
      return frozenText(`${type.name}<${cqlTypeText(type.element)}>`, type.frozen);
    case 'map':
      return frozenText(`map<${cqlTypeText(type.key)}, ${cqlTypeText(type.value)}>`, type.frozen);
    case 'tuple':
      return frozenText(`tuple<${type.elements.map(cqlTypeText).join(', ')}>`, true);
    case 'vector':
      return `vector<${cqlTypeText(type.element)}, ${type.dimensions}>`;
    case 'udt':
      return frozenText(quoted(type.type), type.frozen);
    case 'custom':
      return `'${type.class.replaceAll("'", "''")}'`;
    default:
      return type.name;
  }
}

/** What stands the same on the wire has the same text, whatever is frozen and however a user-defined type is called. */
export function wireText(type: CqlType): string {
  switch (type.name) {
    case 'list':
    case 'set':
      return `${type.name}<${wireText(type.element)}>`;
    case 'map':
      return `map<${wireText(type.key)}, ${wireText(type.value)}>`;
    case 'tuple':
      return `tuple<${type.elements.map(wireText).join(', ')}>`;
    case 'vector':
      return `vector<${wireText(type.element)}, ${type.dimensions}>`;
    case 'udt':
      return `{${type.fields.map((field) => `${quoted(field.name)} ${wireText(field.type)}`).join(', ')}}`;
    default:
      return cqlTypeText(type);
  }
}

/** The user-defined types inside a type, those that others need first. */
export function udtsInside(type: CqlType): readonly (CqlType & { readonly name: 'udt' })[] {
  switch (type.name) {
    case 'list':
    case 'set':
    case 'vector':
      return udtsInside(type.element);
    case 'map':
      return [...udtsInside(type.key), ...udtsInside(type.value)];
    case 'tuple':
      return type.elements.flatMap(udtsInside);
    case 'udt':
      return [...type.fields.flatMap((field) => udtsInside(field.type)), type];
    default:
      return [];
  }
}

function frozenText(text: string, frozen: boolean): string {
  return frozen ? `frozen<${text}>` : text;
}
