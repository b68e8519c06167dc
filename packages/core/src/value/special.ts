import type { ObjectIdValue } from './identifier.js';
import { kindSymbol } from './kind.js';
import { requireInteger } from './require-integer.js';
import type { DocumentValue } from './value.js';

/** A regular expression as data: its pattern and its option letters, never compiled. */
export class RegularExpressionValue {
  declare readonly [kindSymbol]: 'regularExpression';
  readonly pattern: string;
  readonly options: string;
  constructor(pattern: string, options: string) {
    this.pattern = pattern;
    this.options = options;
  }
}

/** A store's internal logical clock reading: seconds and an ordinal within the second, both unsigned 32 bits. */
export class LogicalTimestampValue {
  declare readonly [kindSymbol]: 'logicalTimestamp';
  readonly seconds: number;
  readonly ordinal: number;
  constructor(seconds: number, ordinal: number) {
    requireInteger('the seconds of a logical timestamp', seconds, 0, 4294967295);
    requireInteger('the ordinal of a logical timestamp', ordinal, 0, 4294967295);
    this.seconds = seconds;
    this.ordinal = ordinal;
  }
}

/** Program text as data, with the variables it closes over, or null where it has none. Never executed. */
export class CodeValue {
  declare readonly [kindSymbol]: 'code';
  readonly source: string;
  readonly scope: DocumentValue | null;
  constructor(source: string, scope: DocumentValue | null) {
    this.source = source;
    this.scope = scope;
  }
}

/** A symbol: a string that its store keeps apart from strings. */
export class SymbolValue {
  declare readonly [kindSymbol]: 'symbol';
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A deprecated pointer to a record: a namespace and an object id. */
export class PointerValue {
  declare readonly [kindSymbol]: 'pointer';
  readonly namespace: string;
  readonly id: ObjectIdValue;
  constructor(namespace: string, id: ObjectIdValue) {
    this.namespace = namespace;
    this.id = id;
  }
}

/** The value that sorts before every other. Use {@link minKey}. */
export class MinKeyValue {
  declare readonly [kindSymbol]: 'minKey';
}

/** The value that sorts after every other. Use {@link maxKey}. */
export class MaxKeyValue {
  declare readonly [kindSymbol]: 'maxKey';
}

/** The deprecated stored value "undefined", which is neither null nor missing. Use {@link undefinedValue}. */
export class UndefinedValue {
  declare readonly [kindSymbol]: 'undefined';
}

for (const [type, kind] of [
  [RegularExpressionValue, 'regularExpression'],
  [LogicalTimestampValue, 'logicalTimestamp'],
  [CodeValue, 'code'],
  [SymbolValue, 'symbol'],
  [PointerValue, 'pointer'],
  [MinKeyValue, 'minKey'],
  [MaxKeyValue, 'maxKey'],
  [UndefinedValue, 'undefined'],
] as const) {
  Object.defineProperty(type.prototype, kindSymbol, { value: kind });
}

/** The one value of kind `minKey`. */
export const minKey = new MinKeyValue();
/** The one value of kind `maxKey`. */
export const maxKey = new MaxKeyValue();
/** The one value of kind `undefined`. */
export const undefinedValue = new UndefinedValue();
