import { createHash } from 'node:crypto';
import type { Json } from '@datamigrato/core';
import { damagedPosition } from './node-fault.js';

/** Names from one (inclusive) to another (exclusive), in the order of names; without them, to the ends. */
export interface NameRange {
  readonly from?: string;
  readonly to?: string;
}

/** A range that core stored. */
export function rangeFromJson(stored: Json): NameRange {
  if (!isObject(stored)) throw damagedPosition();
  const { from, to } = stored;
  if (!(isTextOrAbsent(from) && isTextOrAbsent(to))) throw damagedPosition();
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** A range as core stores it. */
export function rangeToJson({ from, to }: NameRange): Json {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** A name for a range that shows no key. */
export function rangeId(range: NameRange): string {
  if (range.from === undefined && range.to === undefined) return 'all';
  const digest = createHash('sha256')
    .update(JSON.stringify(rangeToJson(range)))
    .digest('hex');
  return `names-${digest.slice(0, 12)}`;
}

/** The key of the last record that was read, as core stored it. */
export function positionFromJson(stored: Json, parts: number): readonly string[] {
  if (!Array.isArray(stored) || stored.length !== parts) throw damagedPosition();
  const key: readonly Json[] = stored;
  return key.map((part) => {
    if (typeof part !== 'string' || part === '') throw damagedPosition();
    return part;
  });
}

function isObject(stored: Json): stored is { readonly [name: string]: Json } {
  return typeof stored === 'object' && stored !== null && !Array.isArray(stored);
}

function isTextOrAbsent(value: Json | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '');
}
