import type { Checkpoint, EntityName, Json, Partition } from '@datamigrato/core';
import { z } from 'zod';
import type { RunFingerprint } from './run-fingerprint.js';

/** What a journal line says has become durable. */
export type JournalEntry = PartitionsEntry | CheckpointEntry | EndedEntry;

/** How an entity was cut, once for all starts of the run. */
export interface PartitionsEntry {
  readonly type: 'partitions';
  readonly source: EntityName;
  readonly target: EntityName;
  readonly partitions: readonly Pick<Partition, 'id' | 'range'>[];
}

/** How far a partition has come. */
interface CheckpointEntry {
  readonly type: 'checkpoint';
  readonly checkpoint: Checkpoint;
}

/** How one start of the run ended. */
interface EndedEntry {
  readonly type: 'ended';
  readonly outcome: RunOutcome;
}

/** How a run ended, as far as it could still be written down. */
export interface RunOutcome {
  readonly status: 'finished' | 'interrupted' | 'failed';
  /** ISO 8601. */
  readonly at: string;
  /** Code of the error, where there was one. */
  readonly code: string | null;
}

/** The first line of a journal: whose it is, and everything that was durable when it was begun. */
export interface JournalHeader {
  readonly schema: typeof journalSchema;
  readonly run: string;
  readonly epoch: number;
  /** Groups of entries that this run has made durable in all journals before. */
  readonly sequence: number;
  readonly fingerprint: RunFingerprint;
  /** SHA-256 of the key of the run's digests, in hexadecimal. */
  readonly digestKey: string;
  /** When the run was started first, and when this epoch of it was: ISO 8601. */
  readonly startedAt: string;
  readonly openedAt: string;
  readonly entries: readonly JournalEntry[];
}

/** Every other line: entries that became durable together. */
export interface JournalGroup {
  readonly epoch: number;
  readonly sequence: number;
  readonly entries: readonly JournalEntry[];
}

export const journalSchema = 'datamigrato.journal/1';

const count = z.int().nonnegative();
const time = z.iso.datetime();
const entity = z.custom<EntityName>((value) => typeof value === 'string' && value !== '');
// Everything comes out of JSON.parse, so that all there is to check is that there is something.
const json = z.custom<Json>((value) => value !== undefined);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const partition = z.strictObject({ id: z.string(), range: json });

const checkpoint = z.strictObject({
  source: entity,
  target: entity,
  partition,
  position: json,
  finished: z.boolean(),
  ledger: z
    .strictObject({ read: count, written: count, unchanged: count, dead: count, filtered: count })
    .refine((ledger) => ledger.read === ledger.written + ledger.unchanged + ledger.dead + ledger.filtered),
  bytes: count,
  digest: z.strictObject({ sum: sha256, count }),
});

const entries = z.array(
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('partitions'), source: entity, target: entity, partitions: z.array(partition) }),
    z.strictObject({ type: z.literal('checkpoint'), checkpoint }),
    z.strictObject({
      type: z.literal('ended'),
      outcome: z.strictObject({
        status: z.enum(['finished', 'interrupted', 'failed']),
        at: time,
        code: z.string().nullable(),
      }),
    }),
  ]),
);

const endpoint = z.strictObject({ connector: z.string(), version: z.string(), endpoint: z.string() });

/** The shape of a journal's first line. */
export const headerShape: z.ZodType<JournalHeader> = z.strictObject({
  schema: z.literal(journalSchema),
  run: z.string(),
  epoch: z.int().positive(),
  sequence: count,
  fingerprint: z.strictObject({ plan: z.string(), program: z.string(), source: endpoint, target: endpoint }),
  digestKey: sha256,
  startedAt: time,
  openedAt: time,
  entries,
});

/** The shape of its other lines. */
export const groupShape: z.ZodType<JournalGroup> = z.strictObject({
  epoch: z.int().positive(),
  sequence: count,
  entries,
});
