import { type FieldCondition, type Value, valueFromText } from '@datamigrato/core';
import type { FilterFlag } from './flag-values.js';
import { scalarOf } from './scalar.js';

/** Kinds that a value of a filter may be written in, before a colon. */
const namedKind = /^(instant|localDate|localTime|uuid|objectId|decimal|int64):(.*)$/s;

/** The condition that a flag stands for. Throws `DM_TEXT_INVALID` for a value that is none of its kind. */
export function conditionOf({ field, is, texts }: FilterFlag): FieldCondition {
  if (is === 'exists' || is === 'missing') return { field, is };
  if (is === 'in') return { field, is, values: texts.map(typedValue) };
  return { field, is, value: typedValue(texts[0] ?? '') };
}

/** Numbers, `true`, `false` and `null` are such; `instant:2024-05-01T00:00:00.000Z` is of that kind; all else is text, as is what stands in quotation marks. */
function typedValue(text: string): Value {
  const [, kind, inner] = namedKind.exec(text) ?? [];
  if (kind !== undefined) return valueFromText(JSON.stringify({ '@dm': kind, v: inner }));
  return /^-?(?:0|[1-9]\d{0,14})\.\d{1,15}$/.test(text) ? Number(text) : scalarOf(text);
}
