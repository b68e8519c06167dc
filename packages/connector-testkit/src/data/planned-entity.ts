import { randomBytes } from 'node:crypto';
import {
  type DataRecord,
  double,
  type EntitySchema,
  entityName,
  type Manifest,
  type Value,
  type ValueKind,
  type ValueType,
} from '@datamigrato/core';
import { ConformanceFailure } from '../conformance-case.js';
import { boundaryValues } from './boundary-values.js';

/** What a planned entity is to hold. */
export interface EntityWish {
  /** Kinds of the key's parts. Default: one part, of the kind that {@link ordinaryKeyKind} chooses. */
  readonly keyKinds?: readonly ValueKind[];
  /** The fields with their types. Default: those of {@link ordinaryRecord}. */
  readonly fields?: Readonly<Record<string, ValueType>>;
  /** The entity's own name instead of one that nothing else has. */
  readonly name?: string;
}

/** The schema of an entity that nothing else uses, as a plan would hand it to the connector: typed where the store holds tables. */
export function plannedEntity(manifest: Manifest, wish: EntityWish = {}): EntitySchema {
  const kinds = wish.keyKinds ?? [ordinaryKeyKind(manifest)];
  const table = manifest.shape === 'table';
  const names = kinds.length === 1 ? [manifest.keyField ?? 'id'] : kinds.map((_, index) => `key_${index + 1}`);
  const fields = wish.fields ?? ordinaryFields(manifest);
  const name = wish.name ?? uniqueName();
  return {
    entity: entityName(manifest.names.entityForKey?.(name, kinds.length) ?? name),
    key: kinds.map((kind, index) => ({
      name: names[index] as string,
      role: index === 0 ? 'partition' : 'clustering',
      ...(table && { type: boundaryValues[kind].type }),
    })),
    fields: Object.entries(fields).map(([name, type]) => ({ name, ...(table && { type }) })),
    origin: 'planned',
  };
}

/** A name that any store takes for an entity and that no other entity has. */
export function uniqueName(): string {
  return `kit_${randomBytes(6).toString('hex')}`;
}

/** The kind of the keys of records that are not about keys: a string where the store can. */
export function ordinaryKeyKind(manifest: Manifest): ValueKind {
  const preferred = (['string', 'int64', 'int32', 'uuid'] as const).find((kind) => manifest.keyKinds.includes(kind));
  const kind = preferred ?? manifest.keyKinds[0];
  if (kind === undefined) throw new ConformanceFailure('the manifest names no kind that a key can have');
  return kind;
}

/** An ordinary key by its number. */
function ordinaryKey(manifest: Manifest, number: number): Value {
  const kind = ordinaryKeyKind(manifest);
  switch (kind) {
    case 'string':
      return `key ${String(number).padStart(5, '0')}`;
    case 'int64':
      return BigInt(number);
    case 'int32':
      return number;
    default: {
      const { ordinary } = boundaryValues[kind];
      const value = ordinary[number];
      if (value === undefined)
        throw new ConformanceFailure(
          `the kit has no ${number + 1} keys of kind ${kind}, the only one that the manifest has`,
        );
      return value;
    }
  }
}

function ordinaryFields(manifest: Manifest): Readonly<Record<string, ValueType>> {
  const kind = numberKind(manifest);
  return { text: { kind: 'string' }, more: { kind: 'string' }, ...(kind !== undefined && { size: { kind } }) };
}

function numberKind({ values }: Manifest): 'int32' | 'double' | undefined {
  return (['int32', 'double'] as const).find((kind) => values[kind].fidelity === 'exact');
}

/** The record of a number: an ordinary key, two texts, and the number where the store holds one. */
export function ordinaryRecord(manifest: Manifest, number: number, text = `record ${number}`): DataRecord {
  const kind = numberKind(manifest);
  return {
    key: [ordinaryKey(manifest, number)],
    fields: {
      text,
      more: `more of ${number}`,
      ...(kind !== undefined && { size: kind === 'int32' ? number : double(number) }),
    },
  };
}

/** Ordinary records by their numbers, from 0. */
export function ordinaryRecords(manifest: Manifest, count: number): readonly DataRecord[] {
  return Array.from({ length: count }, (_, number) => ordinaryRecord(manifest, number));
}
