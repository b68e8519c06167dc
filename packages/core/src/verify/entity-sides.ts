import type { Endpoint } from '../connector/define-connector.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import { createFingerprints, type Fingerprints } from './fingerprints.js';
import { actualSide, expectedSide, type Side, type SideReading } from './side.js';
import type { Verification, VerificationSettings } from './verify-migration.js';

/** Both sides of one entity, ready to be read. */
export interface EntitySides {
  readonly plan: EntityPlan;
  readonly expected: Side;
  readonly actual: Side;
  readonly fingerprints: Fingerprints;
  /** Whether the order of fields is data: both stores keep it. */
  readonly ordered: boolean;
}

/** The sides of an entity. */
export async function entitySides(
  verification: Verification,
  settings: VerificationSettings,
  plan: EntityPlan,
): Promise<EntitySides> {
  const { source, target, runtime, signal, digestKey, onRead } = verification;
  const reading = (endpoint: Endpoint, side: 'source' | 'target'): SideReading => ({
    plan,
    endpoint,
    runtime,
    deadline: settings.deadline,
    concurrency: settings.concurrency,
    outage: settings.outage,
    onBatch: (records) => onRead?.({ source: plan.source, side, records }),
  });
  const ordered = source.connector.manifest.keepsFieldOrder && target.connector.manifest.keepsFieldOrder;
  return {
    plan,
    expected: expectedSide(reading(source, 'source'), target.connector.manifest),
    actual: await actualSide(reading(target, 'target'), signal),
    fingerprints: createFingerprints(digestKey, ordered),
    ordered,
  };
}
