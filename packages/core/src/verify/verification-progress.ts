import type { EntityPlan } from '../plan/migration-plan.js';
import type { EntityVerification, VerificationLevel } from './verification-report.js';
import { comparisonOf, OpenEntity, stateSchema, type VerificationState } from './verification-state.js';
import type { Verification } from './verify-migration.js';

/** How far a comparison has come, and what makes that last. */
export interface VerificationProgress {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether there was something to go on from. */
  readonly resumed: boolean;
  /** What the store of the state failed with, once it has. */
  readonly failure: { readonly error: unknown } | undefined;
  /** What was found in an entity before an interruption. */
  finished(plan: EntityPlan): EntityVerification | undefined;
  /** The entity under way: as it was left, or new with so many buckets. */
  open(plan: EntityPlan, buckets: number): OpenEntity;
  /** Makes durable how far the entity under way has come. Calls while one is under way share the next. */
  save(): Promise<void>;
  /** The entity under way is done. */
  finish(found: EntityVerification): Promise<void>;
  /** The entity under way has to be read anew. */
  forget(): Promise<void>;
  /** Everything is. */
  clear(): Promise<void>;
}

/** The progress of a comparison, taken from its store where that has some of this very comparison. */
export async function openVerificationProgress(
  { plan, store, digestKey, runtime }: Verification,
  level: VerificationLevel,
): Promise<VerificationProgress> {
  const comparison = comparisonOf(plan.id, level, digestKey);
  const stored = await store?.load();
  const usable = stored?.schema === stateSchema && stored.comparison === comparison ? stored : undefined;
  const startedAt = usable?.startedAt ?? runtime.wallClock();
  const entities = new Map((usable?.entities ?? []).map((entity) => [nameOf(entity), entity]));
  let open = usable?.open === undefined || usable.open === null ? undefined : OpenEntity.from(usable.open);
  const state = (): VerificationState => ({
    schema: stateSchema,
    comparison,
    startedAt,
    entities: [...entities.values()],
    open: open?.state() ?? null,
  });
  let failure: { readonly error: unknown } | undefined;
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const save = (): Promise<void> => {
    if (store === undefined) return last;
    next ??= last = last.then(async () => {
      next = undefined;
      try {
        await store.save(state());
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
    return next;
  };
  return {
    startedAt,
    resumed: usable !== undefined,
    get failure() {
      return failure;
    },
    finished: (entity) => entities.get(nameOf(entity)),
    open(entity, buckets) {
      if (open === undefined || nameOf(open) !== nameOf(entity)) open = OpenEntity.begin(entity, buckets);
      return open;
    },
    save,
    async finish(found) {
      open = undefined;
      entities.set(nameOf(found), found);
      await save();
    },
    async forget() {
      open = undefined;
      await save();
    },
    clear: async () => store?.clear(),
  };
}

function nameOf({ source, target }: Pick<EntityPlan, 'source' | 'target'>): string {
  return JSON.stringify([source, target]);
}
