import type { Manifest } from '../connector/manifest.js';
import { compileMapping } from '../mapping/compile-mapping.js';
import { compileFilter } from '../mapping/filter-record.js';
import { restorerFor } from '../mapping/restore-record.js';
import type { EntityPlan } from '../plan/migration-plan.js';
import type { RecordMapping } from './map-records.js';

/** What a plan does with records between the source's decoder and the target's encoder. */
export function recordMapping(plan: EntityPlan, source: Manifest, target: Manifest): RecordMapping {
  return {
    restorer: restorerFor(plan, source),
    filter: compileFilter(plan.mapping.filter),
    mapper: compileMapping(plan.mapping, target),
  };
}
