import {
  type CallOptions,
  DatamigratoError,
  type Endpoint,
  type EntityName,
  isDatamigratoError,
  type MigrationPlan,
} from '@datamigrato/core';
import { recordsText } from '../render/quantity.js';

/** The question whether to write where records already are. */
export interface WriteQuestion {
  /** What names the destination: repeated to agree, as in `--allow-writes-to <destination>`. */
  readonly destination: string;
  readonly writeMode: MigrationPlan['writeMode'];
  readonly entities: readonly OccupiedEntity[];
}

/** A target entity that already holds records. */
export interface OccupiedEntity {
  readonly entity: string;
  readonly records: number;
  /** Whether `records` was counted; else it is an estimate or just a proof that there are some. */
  readonly exact: boolean;
}

/** Finds the entities of a plan that already hold records in the target. Reads only. */
export async function writeQuestion(
  plan: MigrationPlan,
  target: Endpoint,
  call: CallOptions,
): Promise<WriteQuestion | undefined> {
  const entities: OccupiedEntity[] = [];
  for (const { target: entity, targetExists } of plan.entities) {
    const count = targetExists ? await countRecords(target, entity, call) : undefined;
    if (count !== undefined && count.records > 0) entities.push({ entity, ...count });
  }
  if (entities.length === 0) return undefined;
  return { destination: target.description.id, writeMode: plan.writeMode, entities };
}

/** The entities of a question with how many records they hold: `users (1,024 records), orders (about 7 records)`. */
export function occupiedText({ entities }: WriteQuestion): string {
  return entities
    .map(({ entity, records, exact }) => `${entity} (${exact ? '' : 'about '}${recordsText(records)})`)
    .join(', ');
}

/** The error for a question that nobody answered with yes: names what was asked and how to agree. */
export function consentMissing(question: WriteQuestion): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CONSENT_MISSING',
    category: 'usage',
    message: `${question.destination} already holds ${occupiedText(question)}, and nobody agreed to write there`,
    nextStep: `agree with --allow-writes-to '${question.destination}'`,
    context: { destination: question.destination },
  });
}

async function countRecords(
  target: Endpoint,
  entity: EntityName,
  call: CallOptions,
): Promise<Omit<OccupiedEntity, 'entity'> | undefined> {
  try {
    const count = await target.admin()?.countRecords(entity, { ...call, estimate: true });
    if (count !== undefined && (count.value > 0 || count.exact)) return { records: count.value, exact: count.exact };
    // An estimate of none proves nothing: a record that is there decides.
    if (!target.connector.capabilities.source) return { records: 1, exact: false };
    return (await holdsRecord(target, entity, call)) ? { records: 1, exact: false } : undefined;
  } catch (error) {
    if (!isDatamigratoError(error) || error.category !== 'endpoint') throw error;
    // What is there and may not or cannot be counted, such as an archive in the middle of a write, counts as records.
    return error.code === 'DM_ENTITY_MISSING' ? undefined : { records: 1, exact: false };
  }
}

async function holdsRecord(target: Endpoint, entity: EntityName, call: CallOptions): Promise<boolean> {
  const source = target.source();
  for await (const partition of source.planPartitions(entity, { ...call, targetCount: 1 })) {
    for await (const batch of source.readPartition(partition, { ...call, batchRecords: 1, batchBytes: 65_536 })) {
      if (batch.records.length > 0) return true;
    }
  }
  return false;
}
