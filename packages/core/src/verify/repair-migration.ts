import type { Endpoint } from '../connector/define-connector.js';
import { DatamigratoError } from '../error/datamigrato-error.js';
import { checkPlan } from '../plan/check-plan.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { EntityName } from '../schema/entity-schema.js';
import { bucketsFor, compareSums, differingKeys } from './compare-entity.js';
import { addFound, type DifferingKeys } from './compare-keys.js';
import { deleteExtra } from './delete-extra.js';
import { noDifferences } from './entity-facts.js';
import { type EntitySides, entitySides } from './entity-sides.js';
import { rewriteDiffering } from './rewrite-differing.js';
import type { DifferenceTally, VerificationReport } from './verification-report.js';
import { OpenEntity } from './verification-state.js';
import {
  defaultVerificationSettings,
  type Verification,
  type VerificationSettings,
  verifyMigration,
} from './verify-migration.js';

/** What a repair needs: what a comparison needs, and what it may do. */
export interface Repair extends Omit<Verification, 'store'> {
  /** Whether records that only the target has may be deleted. */
  readonly allowDelete: boolean;
  /** Whether to find out what would be done, and do nothing. Default: false. */
  readonly dryRun?: boolean;
}

/** What a repair did, and what a comparison found afterwards. */
export interface RepairReport {
  readonly schema: 'datamigrato.repair/1';
  readonly plan: string;
  readonly dryRun: boolean;
  readonly entities: readonly EntityRepair[];
  /** The comparison after the repair; null after a dry run. Only its verdict says whether the repair worked: a write that the target acknowledges and does not show is a difference there. */
  readonly verification: VerificationReport | null;
}

/** What a repair did to one entity; after a dry run, what it would do. */
export interface EntityRepair {
  readonly source: EntityName;
  readonly target: EntityName;
  /** What differed before. */
  readonly found: DifferenceTally;
  /** Records written anew, as the target acknowledged them. */
  readonly written: number;
  readonly deleted: number;
  /** Records that were left as they are: those that only the target has where deleting is not allowed, and those that differ where the plan's write mode does not replace. */
  readonly kept: number;
  /** Records that the target refused to write or delete. */
  readonly refused: number;
  /** Why nothing was done, where a side could not be read whole. */
  readonly reason?: string;
}

/**
 * Makes the target hold what the source's records become under the plan, by writing anew the records that differ, and compares again.
 *
 * An entity whose comparison is inconclusive is not touched. With a plan whose write mode is `create` or `skip`, only missing records are written.
 *
 * @throws DatamigratoError `DM_PLAN_STALE`, `DM_ROLE_MISSING` where records are to be deleted and the connector cannot, and whatever the stores fail with for good.
 */
export async function repairMigration(repair: Repair): Promise<RepairReport> {
  const { plan, source, target, signal, dryRun = false } = repair;
  const settings: VerificationSettings = { ...defaultVerificationSettings, ...repair.settings, level: 'records' };
  // The run that is repaired has made or changed the target as the plan says.
  await checkPlan(plan, source, target, { signal, deadline: settings.deadline }, { acceptsVersion: () => true });
  if (repair.allowDelete) requireDeleting(target);
  const entities: EntityRepair[] = [];
  for (const entity of plan.entities) entities.push(await repairEntity(repair, settings, entity, dryRun));
  const verification = dryRun ? null : await verifyMigration({ ...repair, settings });
  return { schema: 'datamigrato.repair/1', plan: plan.id, dryRun, entities, verification };
}

async function repairEntity(
  repair: Repair,
  settings: VerificationSettings,
  plan: EntityPlan,
  dryRun: boolean,
): Promise<EntityRepair> {
  const { signal } = repair;
  const sides = await entitySides(repair, settings, plan);
  const entity = OpenEntity.begin(plan, bucketsFor(plan, settings));
  const sums = await compareSums(sides, entity, async () => {}, signal);
  const names = { source: plan.source, target: plan.target };
  const nothing = { found: noDifferences, written: 0, deleted: 0, kept: 0, refused: 0 };
  if (sums.reason !== undefined) return { ...names, ...nothing, reason: sums.reason };
  const done = { ...nothing };
  for await (const found of differingKeys(sides, entity, sums.differing, settings.recordsInMemory, signal)) {
    done.found = addFound(done.found, found);
    const toWrite = keysOf(found, replaces(repair) ? ['missing', 'changed', 'duplicated'] : ['missing']);
    const toDelete = keysOf(found, repair.allowDelete ? ['extra'] : []);
    done.kept += found.size - toWrite.size - toDelete.size;
    if (dryRun) {
      done.written += toWrite.size;
      done.deleted += toDelete.size;
    } else {
      const written = await rewriteDiffering(toWrite, { repair, settings, sides, entity });
      const removed = await deleteExtra(toDelete, { repair, settings, sides, entity });
      done.written += written.written;
      done.deleted += removed.deleted;
      done.refused += written.refused + removed.refused;
    }
  }
  return { ...names, ...done };
}

/** What mending some keys of an entity needs. */
export interface Mending {
  readonly repair: Repair;
  readonly settings: VerificationSettings;
  readonly sides: EntitySides;
  readonly entity: OpenEntity;
}

function replaces({ plan }: Repair): boolean {
  return plan.writeMode === 'replace';
}

function keysOf(found: DifferingKeys, differences: readonly (keyof DifferenceTally)[]): ReadonlySet<string> {
  return new Set([...found].flatMap(([key, difference]) => (differences.includes(difference) ? [key] : [])));
}

function requireDeleting(target: Endpoint): void {
  if (target.admin() !== undefined) return;
  throw new DatamigratoError({
    code: 'DM_ROLE_MISSING',
    category: 'usage',
    message: `The connector ${target.connector.id} cannot delete records`,
    nextStep: 'repair without deleting, and remove the extra records with the store’s own tools',
  });
}
