import type { EntitySelection, MappingOptions, PlanOptions } from '@datamigrato/core';
import type { EntityChoice, JobOptions } from './job-options.js';
import { readLock } from './read-lock.js';

/** What to plan, of a job's options: which entities, how they are mapped, and the lock, read where it is a file. */
export async function planningOptions(
  options: JobOptions & { readonly entities?: readonly EntityChoice[] },
  named: { readonly source: string | undefined; readonly target: string | undefined },
): Promise<PlanOptions> {
  const entities = selections(options.entities ?? [], named);
  return {
    mapping: mappingOptions(options),
    ...(entities.length > 0 && { entities }),
    ...(options.writeMode !== undefined && { writeMode: options.writeMode }),
    ...(options.sampleSize !== undefined && { sampleSize: options.sampleSize }),
    ...(options.partitions !== undefined && { partitions: options.partitions }),
    ...(options.lock !== undefined && { lock: await readLock(options.lock) }),
  };
}

/** The entities that were chosen, or the one that the references themselves name. */
function selections(
  chosen: readonly EntityChoice[],
  named: { readonly source: string | undefined; readonly target: string | undefined },
): readonly EntitySelection[] {
  const entities = chosen.map((entity) => (typeof entity === 'string' ? { source: entity } : entity));
  if (entities.length === 0 && named.source !== undefined) entities.push({ source: named.source });
  const [only] = entities;
  if (entities.length !== 1 || only === undefined || only.target !== undefined || named.target === undefined)
    return entities;
  return [{ ...only, target: named.target }];
}

function mappingOptions(options: MappingOptions): MappingOptions {
  const { filter, select, drop, rename, constants, flatten, primaryKey, groupBy, fidelity, onLimit } = options;
  return {
    ...(filter !== undefined && { filter }),
    ...(select !== undefined && { select }),
    ...(drop !== undefined && { drop }),
    ...(rename !== undefined && { rename }),
    ...(constants !== undefined && { constants }),
    ...(flatten !== undefined && { flatten }),
    ...(primaryKey !== undefined && { primaryKey }),
    ...(groupBy !== undefined && { groupBy }),
    ...(fidelity !== undefined && { fidelity }),
    ...(onLimit !== undefined && { onLimit }),
  };
}
