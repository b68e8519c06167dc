import {
  type CallOptions,
  DatamigratoError,
  type EntityName,
  type EntityPreparation,
  type EntitySchema,
  type Target,
} from '@datamigrato/core';
import type { RealtimeClient } from './client.js';
import type { RealtimeRecord } from './codec.js';
import { entityPathOf, keyFieldsOf } from './entity-path.js';
import { overviewOf } from './list-names.js';
import { BatchWriter } from './write-batch.js';

/** The side of a Realtime Database that is written to. Nodes are there as soon as something is in them, so that there is nothing to prepare. */
export function createTarget(client: RealtimeClient): Target<RealtimeRecord> {
  const writers = new Map<EntityName, BatchWriter>();
  return {
    planEntity: (schema, call) => planEntity(client, schema, call),
    async prepareEntity(schema, call) {
      const { conflicts } = await planEntity(client, schema, call);
      if (conflicts.length > 0) throw conflicting(schema.entity, client.where, conflicts);
    },
    writeBatch(entity, records, call) {
      const writer = writers.get(entity) ?? new BatchWriter(client, entity);
      writers.set(entity, writer);
      return writer.write(records, call);
    },
  };
}

async function planEntity(client: RealtimeClient, schema: EntitySchema, call: CallOptions): Promise<EntityPreparation> {
  const path = entityPathOf(schema.entity);
  const conflicts: string[] = [];
  const parts = keyFieldsOf(path).length;
  if (parts !== schema.key.length)
    conflicts.push(`its path tells of keys with ${parts} parts, and the records have ${schema.key.length}`);
  const overview = await overviewOf(client, { names: path.root, shown: schema.entity }, call, { limit: 1 });
  if (overview.is === 'value') conflicts.push('it is a single value, which records would replace');
  return {
    exists: overview.is !== 'nothing',
    statements: [],
    conflicts,
    fingerprint: overview.is === 'nothing' ? 'absent' : overview.is === 'value' ? 'a value' : 'a node with children',
  };
}

function conflicting(entity: EntityName, where: string, conflicts: readonly string[]): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_REALTIME_TARGET_CONFLICT',
    category: 'endpoint',
    message: `The node ${entity} in ${where} cannot be written to: ${conflicts.join('; ')}`,
    nextStep: 'choose another node for the records, or remove this one',
    context: { entity },
  });
}
