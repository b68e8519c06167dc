import type { DataRecord } from '../record/data-record.js';
import type { EntityName, EntitySchema, KeyField } from './entity-schema.js';
import { ShapeAccumulator, type ShapeContext } from './shape-accumulator.js';

/** Learns a schema from records, one by one. */
export interface SchemaInference {
  /** Adds a record that takes so many bytes in its store, roughly. */
  observe(record: DataRecord, bytes: number): void;
  /** What was seen so far, as an inferred schema; nothing may be observed afterwards. `complete` says whether these were all records of the entity. */
  finish(options: { readonly complete: boolean }): EntitySchema;
}

/** What makes a {@link SchemaInference}. */
export interface SchemaInferenceOptions {
  readonly entity: EntityName;
  readonly key: readonly Pick<KeyField, 'name' | 'role'>[];
  /** Whether the schema may show values, cut to 40 characters. By default it tells kinds and sizes alone. */
  readonly examples?: boolean;
}

/** Rare names that are still listed as top-level fields: a store may make each a column. */
const topLevelRareNames = 512;

/**
 * Learns a schema in memory that is bounded whatever the records look like: at most 1,024 names are followed at one place, 20,000 places in all, 64 levels.
 *
 * Names that turn out to be data (too many of them, or many each seen rarely) are merged into the `dynamic` shape of their place; the frequent ones beside them stay listed.
 */
export function createSchemaInference(options: SchemaInferenceOptions): SchemaInference {
  const context: ShapeContext = {
    limits: { names: 1024, places: 20_000, depth: 64 },
    examples: options.examples ?? false,
    places: 0,
  };
  const keys = options.key.map((field) => ({ field, seen: new ShapeAccumulator(context) }));
  const fields = new ShapeAccumulator(context);
  let records = 0;
  let totalBytes = 0;
  let finished = false;
  return {
    observe(record, bytes) {
      if (finished) throw new Error('a finished inference observes nothing');
      records += 1;
      totalBytes += bytes;
      for (const [index, key] of keys.entries()) {
        const value = record.key[index];
        if (value !== undefined) key.seen.observe(value, 0);
      }
      fields.observe(record.fields, 0);
    },
    finish({ complete }) {
      finished = true;
      for (const key of keys) key.seen.settle(topLevelRareNames);
      fields.settle(topLevelRareNames);
      const shape = fields.toShape();
      return {
        entity: options.entity,
        key: keys.map(({ field, seen }) => ({ name: field.name, role: field.role, shape: seen.toShape() })),
        fields: shape.fields ?? [],
        ...(shape.dynamic && { dynamic: shape.dynamic }),
        origin: 'inferred',
        sample: { records, bytes: totalBytes, complete },
      };
    },
  };
}
