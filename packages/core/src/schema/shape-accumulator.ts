import { kindSymbol, type ValueKind, valueKinds } from '../value/kind.js';
import { type BoxedValue, isArray, isBoxed, isInt32, kindOf, type PlainDocument, type Value } from '../value/value.js';
import type { Shape } from './entity-schema.js';
import { exampleText, preferredExample, redactedExample } from './shape-example.js';
import { boxedSize, plainSize, valueSize } from './value-size.js';

/** Bounds on what is remembered of a sample, whatever its records look like. */
interface ShapeLimits {
  /** Most distinct names listed at one place while observing. */
  readonly names: number;
  /** Most places, all together. */
  readonly places: number;
  /** Levels that are looked into. */
  readonly depth: number;
}

/** What all accumulators of one sample share. */
export interface ShapeContext {
  readonly limits: ShapeLimits;
  readonly examples: boolean;
  /** Places in use. */
  places: number;
}

/** A name is rare where it stands in at most this share of the documents. */
const rareShare = 0.05;

/** Rare names that are still listed at a place inside a record. */
const nestedRareNames = 64;

/** With fewer documents than these, nothing can be said of how rare a name is. */
const fewDocuments = 4;

/** A decimal whose text is an integer's own. */
const integralDecimal = /^(?:0|-?[1-9]\d*)$/;

/** A {@link Shape} that grows. Names are keys of a `Map`, so that every name is an ordinary one. */
export class ShapeAccumulator {
  count = 0;
  readonly kinds: Partial<Record<ValueKind, number>> = {};
  maximumBytes = 0;
  maximumElements: number | undefined;
  element: ShapeAccumulator | undefined;
  mapKey: ShapeAccumulator | undefined;
  fields: Map<string, ShapeAccumulator> | undefined;
  dynamic: ShapeAccumulator | undefined;
  minimum: number | bigint | undefined;
  maximum: number | bigint | undefined;
  loose = 0;
  example: string | undefined;
  readonly #context: ShapeContext;

  constructor(context: ShapeContext) {
    this.#context = context;
    context.places += 1;
  }

  /** An accumulator that goes on from a shape. */
  static from(shape: Shape, context: ShapeContext): ShapeAccumulator {
    const made = new ShapeAccumulator(context);
    made.count = shape.count;
    Object.assign(made.kinds, shape.kinds);
    made.maximumBytes = shape.maximumBytes;
    made.maximumElements = shape.maximumElements;
    if (shape.element) made.element = ShapeAccumulator.from(shape.element, context);
    if (shape.mapKey) made.mapKey = ShapeAccumulator.from(shape.mapKey, context);
    if (shape.fields) {
      made.fields = new Map(shape.fields.map((field) => [field.name, ShapeAccumulator.from(field.shape, context)]));
    }
    if (shape.dynamic) made.dynamic = ShapeAccumulator.from(shape.dynamic, context);
    if (shape.range) {
      made.minimum = BigInt(shape.range.minimum);
      made.maximum = BigInt(shape.range.maximum);
    }
    made.loose = shape.loose ?? 0;
    if (shape.example !== redactedExample(shape)) made.example = shape.example;
    return made;
  }

  /** Adds a value and returns its bytes, roughly. `depth` counts the levels above it. */
  observe(value: Value, depth: number): number {
    this.#note(kindOf(value), 1);
    const bytes = this.#observeInside(value, depth);
    if (bytes > this.maximumBytes) this.maximumBytes = bytes;
    if (this.#context.examples) this.example = preferredExample(this.example, exampleText(value));
    return bytes;
  }

  /** Adds all that another accumulator of the same context has seen, which must not be used afterwards. */
  absorb(other: ShapeAccumulator): void {
    this.#context.places -= 1;
    this.count += other.count;
    for (const kind of Object.keys(other.kinds) as ValueKind[]) {
      this.kinds[kind] = (this.kinds[kind] ?? 0) + (other.kinds[kind] ?? 0);
    }
    this.maximumBytes = Math.max(this.maximumBytes, other.maximumBytes);
    if (other.maximumElements !== undefined) this.#noteElements(other.maximumElements);
    if (other.minimum !== undefined) this.#noteInteger(other.minimum);
    if (other.maximum !== undefined) this.#noteInteger(other.maximum);
    this.loose += other.loose;
    this.example = preferredExample(this.example, other.example);
    this.element = joined(this.element, other.element);
    this.mapKey = joined(this.mapKey, other.mapKey);
    this.#absorbFields(other);
  }

  /** Moves rare names out of the lists, wherever a list is not complete anyway or has more than so many rare names. */
  settle(rareNames: number): void {
    this.#settleOwn(rareNames);
    for (const inner of [this.element, this.mapKey, this.dynamic, ...(this.fields?.values() ?? [])]) {
      inner?.settle(nestedRareNames);
    }
  }

  toShape(): Shape {
    const kinds: Partial<Record<ValueKind, number>> = {};
    for (const kind of valueKinds) if (this.kinds[kind] !== undefined) kinds[kind] = this.kinds[kind];
    const seen = {
      count: this.count,
      kinds,
      maximumBytes: this.maximumBytes,
      ...(this.maximumElements !== undefined && { maximumElements: this.maximumElements }),
      ...(this.element && { element: this.element.toShape() }),
      ...(this.mapKey && { mapKey: this.mapKey.toShape() }),
      ...(this.fields && {
        fields: [...this.fields]
          .sort(([left], [right]) => (left < right ? -1 : 1))
          .map(([name, field]) => ({ name, shape: field.toShape() })),
      }),
      ...(this.dynamic && { dynamic: this.dynamic.toShape() }),
    };
    const example = this.example ?? redactedExample(seen);
    return {
      ...seen,
      ...(this.minimum !== undefined && { range: { minimum: `${this.minimum}`, maximum: `${this.maximum}` } }),
      ...(this.loose > 0 && { loose: this.loose }),
      ...(example !== undefined && { example }),
    };
  }

  #note(kind: ValueKind, times: number): void {
    this.count += times;
    this.kinds[kind] = (this.kinds[kind] ?? 0) + times;
  }

  #noteInteger(value: number | bigint): void {
    if (this.minimum === undefined || value < this.minimum) this.minimum = value;
    if (this.maximum === undefined || value > this.maximum) this.maximum = value;
  }

  #noteElements(elements: number): void {
    if (this.maximumElements === undefined || elements > this.maximumElements) this.maximumElements = elements;
  }

  #observeInside(value: Value, depth: number): number {
    if (isArray(value)) return this.#observeElements(value, depth);
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'bigint' || (typeof value === 'number' && isInt32(value))) this.#noteInteger(value);
      if (typeof value === 'bigint' && BigInt.asIntN(32, value) === value) this.loose += 1;
      return plainSize(value);
    }
    return isBoxed(value) ? this.#observeBoxed(value, depth) : this.#observeDocument(value, depth);
  }

  #observeBoxed(value: BoxedValue, depth: number): number {
    switch (value[kindSymbol]) {
      case 'document': {
        let bytes = 0;
        for (const [name, inner] of value.entries) bytes += this.#observeField(name, inner, depth);
        this.fields ??= new Map();
        return bytes;
      }
      case 'set':
      case 'tuple':
        return this.#observeElements(value.elements, depth);
      case 'map': {
        this.#noteElements(value.entries.length);
        let bytes = 0;
        for (const [key, inner] of value.entries) {
          this.mapKey ??= this.#newPlace(depth);
          bytes += this.#observeIn(this.mapKey, key, depth) + this.#observeElement(inner, depth);
        }
        return bytes;
      }
      case 'vector':
        this.#observeVector(value.elements, depth);
        break;
      case 'int8':
      case 'int16':
      case 'counter':
        this.#noteInteger(value.value);
        break;
      case 'varint':
        this.#noteInteger(value.value);
        this.loose += 1;
        break;
      case 'double':
        if (isInt32(value.value)) this.loose += 1;
        break;
      case 'decimal':
        if (integralDecimal.test(value.text)) this.loose += 1;
        break;
      default:
    }
    return boxedSize(value);
  }

  #observeVector(elements: Float32Array | Float64Array, depth: number): void {
    this.#noteElements(elements.length);
    if (elements.length === 0) return;
    this.element ??= this.#newPlace(depth);
    const { element } = this;
    if (!element) return;
    element.#note(elements.BYTES_PER_ELEMENT === 4 ? 'float32' : 'double', elements.length);
    element.maximumBytes = Math.max(element.maximumBytes, elements.BYTES_PER_ELEMENT);
  }

  #observeElements(elements: readonly Value[], depth: number): number {
    this.#noteElements(elements.length);
    let bytes = 0;
    for (const element of elements) bytes += this.#observeElement(element, depth);
    return bytes;
  }

  #observeElement(value: Value, depth: number): number {
    this.element ??= this.#newPlace(depth);
    return this.#observeIn(this.element, value, depth);
  }

  #observeDocument(document: PlainDocument, depth: number): number {
    let bytes = 0;
    for (const name of Object.keys(document)) bytes += this.#observeField(name, document[name] as Value, depth);
    this.fields ??= new Map();
    return bytes;
  }

  #observeField(name: string, value: Value, depth: number): number {
    const place = this.fields?.get(name) ?? this.#placeFor(name, depth);
    return plainSize(name) + this.#observeIn(place, value, depth);
  }

  #observeIn(place: ShapeAccumulator | undefined, value: Value, depth: number): number {
    return place ? place.observe(value, depth + 1) : valueSize(value, this.#context.limits.depth - depth);
  }

  /** Where the values of a name go that is not listed: a new place, else the common one; none where even that has no room. */
  #placeFor(name: string, depth: number): ShapeAccumulator | undefined {
    this.fields ??= new Map();
    const { fields } = this;
    const { limits, places } = this.#context;
    if (fields.size > 0 && (fields.size >= limits.names || places >= limits.places)) {
      this.#fold(this.#byCount().slice(0, Math.ceil(fields.size / 2)));
    }
    const place = this.#newPlace(depth);
    if (place) fields.set(name, place);
    return place ?? this.dynamic;
  }

  #newPlace(depth: number): ShapeAccumulator | undefined {
    const { limits, places } = this.#context;
    return places < limits.places && depth < limits.depth ? new ShapeAccumulator(this.#context) : undefined;
  }

  /** The listed names, the rarest first. */
  #byCount(): string[] {
    return [...(this.fields ?? [])]
      .sort(([leftName, left], [rightName, right]) => left.count - right.count || (leftName < rightName ? -1 : 1))
      .map(([name]) => name);
  }

  /** Moves names from the list into the common place. */
  #fold(names: readonly string[]): void {
    for (const name of names) {
      this.dynamic = joined(this.dynamic, this.fields?.get(name));
      this.fields?.delete(name);
    }
  }

  #settleOwn(rareNames: number): void {
    const documents = this.kinds.document ?? 0;
    const limit = Math.max(1, documents * rareShare);
    const rare = this.#byCount().filter((name) => (this.fields?.get(name)?.count ?? 0) <= limit);
    if (this.dynamic || (rare.length > rareNames && documents >= fewDocuments)) this.#fold(rare);
  }

  /**
   * A list beside a common place is a choice of names; a list without one is all names. What both sides list stays listed, so that the order of merging does not matter.
   */
  #absorbFields(other: ShapeAccumulator): void {
    const chosen = this.dynamic ? new Set(this.fields?.keys()) : undefined;
    const { fields: otherFields, dynamic: otherDynamic } = other;
    if (otherFields) {
      this.fields ??= new Map();
      for (const [name, field] of otherFields) this.fields.set(name, joined(this.fields.get(name), field) ?? field);
    }
    const names = [...(this.fields?.keys() ?? [])];
    this.#fold(names.filter((name) => (chosen && !chosen.has(name)) || (otherDynamic && !otherFields?.has(name))));
    this.dynamic = joined(this.dynamic, otherDynamic);
  }
}

function joined(left: ShapeAccumulator | undefined, right: ShapeAccumulator | undefined): ShapeAccumulator | undefined {
  if (left && right) left.absorb(right);
  return left ?? right;
}
