import { createHash } from 'node:crypto';
import type { MigrationPlan } from './migration-plan.js';

/** The id that a plan's contents give: SHA-256 of everything but the id itself, fields sorted by name, in hexadecimal. */
export function planId(plan: Omit<MigrationPlan, 'id'>): string {
  const { id: _, ...contents } = plan as MigrationPlan;
  return createHash('sha256').update(JSON.stringify(contents, sorted)).digest('hex');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}
