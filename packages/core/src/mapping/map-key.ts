import type { Manifest } from '../connector/manifest.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import type { RecordKey } from '../record/data-record.js';
import { documentFrom } from '../value/collection.js';
import { kindOf, type Value } from '../value/value.js';
import { compileColumnValue } from './column-value.js';
import { compileDocumentValue } from './document-value.js';
import type { KeyPartPlan, KeyPlan } from './mapping-plan.js';
import { keyTextFor } from './stored-key-text.js';

/** Makes the target's key from the values of its parts, in the order of the plan. */
export type KeyMaker = (parts: readonly (Value | undefined)[]) => RecordKey;

/** Compiles a key plan. */
export function compileKey(plan: KeyPlan, target: Manifest, converts: boolean): KeyMaker {
  const parts = plan.parts.map((part) => compileKeyPart(part, target, converts));
  const only = parts[0];
  if (!plan.document && parts.length === 1 && only !== undefined) return (values) => [only(values[0])];
  if (!plan.document) return (values) => parts.map((part, index) => part(values[index]));
  return (values) => [
    documentFrom(parts.map((part, index) => [plan.parts[index]?.name ?? '', part(values[index])] as const)),
  ];
}

function compileKeyPart(part: KeyPartPlan, target: Manifest, converts: boolean): (value: Value | undefined) => Value {
  const fit = compileKeyValue(part, target, converts);
  return (value) => {
    if (value === undefined || value === null) {
      // A source's own null key is data where the target has a form for it; so is the null clustering key of a partition that has static columns alone.
      if (value === null && 'key' in part.from && (part.type === undefined || part.type.encoding === 'key'))
        return fit(null) ?? null;
      if (value === null && 'key' in part.from && part.role === 'clustering') return null;
      throw new DatamigratoError({
        code: 'DM_KEY_FIELD_MISSING',
        category: 'record',
        message: `A record has no value for the key field "${part.name}"`,
        nextStep: 'choose a key field that every record has, or correct the record and retry it',
        context: { field: part.name },
      });
    }
    const fitted = fit(value);
    if (fitted !== undefined) return fitted;
    throw new DatamigratoError({
      code: 'DM_KEY_KIND',
      category: 'record',
      message: `A record has a value of kind ${kindOf(value)} in the key field "${part.name}", which is planned as ${part.type?.kind ?? 'another kind'}`,
      nextStep: 'plan again with a larger sample, so that the key takes every kind',
      context: { field: part.name, kind: kindOf(value) },
    });
  };
}

function compileKeyValue(part: KeyPartPlan, target: Manifest, converts: boolean): (value: Value) => Value | undefined {
  if (part.type?.encoding === 'key') {
    const text = keyTextFor(target);
    return (value) => text.encode(value);
  }
  if (part.type !== undefined)
    return compileColumnValue(
      { type: part.type, ...(part.sourceType && { sourceType: part.sourceType }) },
      target.values,
    );
  return converts ? compileDocumentValue(part.sourceType, target, 'natural') : (value) => value;
}
