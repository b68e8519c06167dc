import { createHash } from 'node:crypto';
import type { Partition } from '../connector/source.js';
import type { EntityName } from '../schema/entity-schema.js';
import { BucketSums } from './bucket-sums.js';
import { noDifferences } from './entity-facts.js';
import type { DifferenceTally, EntityVerification, VerificationLevel } from './verification-report.js';

/** How far a comparison has come: plain JSON that an interrupted one goes on from. */
export interface VerificationState {
  readonly schema: typeof stateSchema;
  /** Id of the plan, level and a hash of the digest key: a state of any other comparison is of no use. */
  readonly comparison: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Entities that are done. */
  readonly entities: readonly EntityVerification[];
  /** The entity under way, or null between two. */
  readonly open: OpenEntityState | null;
}

/** Where the state of a comparison lives. Saving has succeeded only once it would survive a crash. */
export interface VerificationStore {
  /** What was saved last, or undefined where there is nothing that can be used. */
  load(): Promise<VerificationState | undefined>;
  save(state: VerificationState): Promise<void>;
  /** Forgets everything, once a comparison has come to its end. */
  clear(): Promise<void>;
}

/** How far the comparison of one entity has come. */
export interface OpenEntityState {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly buckets: number;
  readonly expected: SideState;
  readonly actual: SideState;
  /** What was found in the buckets that differ. */
  readonly keys: KeyState;
}

interface SideState {
  /** As they were cut first; null where nothing was read. */
  readonly partitions: readonly Partition[] | null;
  /** Ids of the partitions that were read whole. */
  readonly finished: readonly string[];
  readonly unmappable: number;
  /** Their {@link BucketSums} as text. */
  readonly sums: string;
}

interface KeyState {
  /** How many of the buckets that differ were looked into. */
  readonly done: number;
  readonly tally: DifferenceTally;
  /** Fingerprints of keys that will be described, with how their records differ. */
  readonly found: readonly (readonly [fingerprint: string, difference: keyof DifferenceTally])[];
}

export const stateSchema = 'datamigrato.verification-state/1';

/** What a state belongs to. */
export function comparisonOf(plan: string, level: VerificationLevel, digestKey: Uint8Array): string {
  return createHash('sha256').update(`${plan}\n${level}\n`).update(digestKey).digest('hex');
}

/** One side of an open entity. */
export class SideProgress {
  partitions: readonly Partition[] | undefined;
  unmappable = 0;
  readonly finished = new Set<string>();
  readonly sums: BucketSums;

  constructor(sums: BucketSums) {
    this.sums = sums;
  }

  /** Partitions still to be read. */
  get waiting(): readonly Partition[] {
    return (this.partitions ?? []).filter(({ id }) => !this.finished.has(id));
  }

  /** Counts a partition in that was read whole. */
  take(partition: Partition, sums: BucketSums, unmappable: number): void {
    this.finished.add(partition.id);
    this.sums.merge(sums);
    this.unmappable += unmappable;
  }

  state(): SideState {
    return {
      partitions: this.partitions ?? null,
      finished: [...this.finished],
      unmappable: this.unmappable,
      sums: this.sums.toText(),
    };
  }

  static from(state: SideState, buckets: number): SideProgress | undefined {
    const sums = BucketSums.fromText(state.sums, buckets);
    if (sums === undefined) return undefined;
    const side = new SideProgress(sums);
    side.partitions = state.partitions ?? undefined;
    side.unmappable = state.unmappable;
    for (const id of state.finished) side.finished.add(id);
    return side;
  }
}

/** An entity under way. */
export class OpenEntity {
  readonly source: EntityName;
  readonly target: EntityName;
  readonly buckets: number;
  readonly expected: SideProgress;
  readonly actual: SideProgress;
  readonly found: Map<string, keyof DifferenceTally>;
  tally: DifferenceTally = noDifferences;
  /** How many of the buckets that differ were looked into. */
  bucketsDone = 0;

  private constructor(
    names: { readonly source: EntityName; readonly target: EntityName },
    buckets: number,
    sides: { readonly expected: SideProgress; readonly actual: SideProgress },
    found: KeyState['found'],
  ) {
    this.source = names.source;
    this.target = names.target;
    this.buckets = buckets;
    this.expected = sides.expected;
    this.actual = sides.actual;
    this.found = new Map(found);
  }

  static begin(names: { readonly source: EntityName; readonly target: EntityName }, buckets: number): OpenEntity {
    const side = (): SideProgress => new SideProgress(new BucketSums(buckets));
    return new OpenEntity(names, buckets, { expected: side(), actual: side() }, []);
  }

  /** What was saved of an entity, or undefined where it is not what was written. */
  static from(state: OpenEntityState): OpenEntity | undefined {
    const expected = SideProgress.from(state.expected, state.buckets);
    const actual = SideProgress.from(state.actual, state.buckets);
    if (expected === undefined || actual === undefined) return undefined;
    const entity = new OpenEntity(state, state.buckets, { expected, actual }, state.keys.found);
    entity.tally = state.keys.tally;
    entity.bucketsDone = state.keys.done;
    return entity;
  }

  state(): OpenEntityState {
    return {
      source: this.source,
      target: this.target,
      buckets: this.buckets,
      expected: this.expected.state(),
      actual: this.actual.state(),
      keys: { done: this.bucketsDone, tally: this.tally, found: [...this.found] },
    };
  }
}
