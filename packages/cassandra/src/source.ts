import {
  type CallOptions,
  DatamigratoError,
  type EntityListing,
  type EntityName,
  type EntitySchema,
  entityName,
  type Partition,
  type ReadOptions,
  type RecordBatch,
  type Source,
} from '@datamigrato/core';
import { udtsInside } from './cql-type.js';
import { expiryNotices } from './expiry-notices.js';
import { extentOf, planPartitions } from './partitions.js';
import type { CassandraRow } from './row.js';
import { scanTable } from './scan.js';
import { type CellFacts, factFields, selectionOf } from './select.js';
import type { CassandraSession } from './session.js';
import { requireTable, schemaOf, type TableDefinition, textSet } from './table-definition.js';

/** How a source reads, beyond what the contract says. */
export interface SourceSettings {
  readonly facts: CellFacts;
  readonly fetchSize: number;
}

/** The reading side of a keyspace. */
export function createSource(session: CassandraSession, settings: SourceSettings): Source<CassandraRow> {
  return {
    listEntities: (call) => listEntities(session, call),
    async inferSchema(entity, call) {
      const definition = await requireTable(session, entity, call);
      const schema = declaredSchema(definition, entity, settings.facts);
      // Whoever reads the seconds left knows, and has them.
      const notices = settings.facts.ttl ? [] : await expiryNotices(session, definition, call);
      return notices.length === 0 ? schema : { ...schema, notices };
    },
    planPartitions: (entity, call) => planPartitions(session, entity, call),
    readPartition: (partition, call) => readPartition(session, settings, partition, call),
  };
}

/** The schema that a table declares. Throws `DM_CASSANDRA_TYPE_UNSUPPORTED` for one whose values the driver would lose. */
function declaredSchema(definition: TableDefinition, entity: EntityName, facts: CellFacts): EntitySchema {
  for (const column of definition.columns) {
    for (const udt of udtsInside(column.type)) {
      if (udt.fields.some((field) => field.name === '__proto__')) {
        throw new DatamigratoError({
          code: 'DM_CASSANDRA_TYPE_UNSUPPORTED',
          category: 'endpoint',
          message: `The type ${JSON.stringify(udt.type)} of column ${JSON.stringify(column.name)} has a field named "__proto__", which the driver cannot read`,
          nextStep: 'rename the field: ALTER TYPE … RENAME … TO …',
        });
      }
    }
  }
  const extra = factFields(definition, facts);
  const taken = new Set(definition.columns.map((column) => column.name));
  const clash = extra.find((field) => taken.has(field.name));
  if (clash !== undefined) {
    throw new DatamigratoError({
      code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
      category: 'endpoint',
      message: `Table ${JSON.stringify(definition.table)} has a column ${JSON.stringify(clash.name)}, which is the name of a fact that was asked for`,
      nextStep: 'leave `readTtl` or `readWritetime` out',
    });
  }
  return schemaOf(definition, entity, extra);
}

async function* listEntities(session: CassandraSession, call: CallOptions): AsyncGenerator<EntityListing> {
  const reading = { doing: 'listing of tables' };
  const tables = await session.rows(
    'SELECT table_name, flags FROM system_schema.tables WHERE keyspace_name = ?',
    [session.keyspace],
    call,
    reading,
  );
  const views = await session.rows(
    'SELECT view_name, base_table_name FROM system_schema.views WHERE keyspace_name = ?',
    [session.keyspace],
    call,
    reading,
  );
  const system = /^(?:system$|system_|dse_|solr_admin$|datastax_sla$|data_endpoint_auth$)/.test(session.keyspace);
  for (const row of tables) {
    const entity = entityName(String(row['table_name']));
    if (system) yield { entity, excluded: 'a table of the server itself' };
    else if (textSet(row['flags']).includes('counter'))
      yield { entity, excluded: 'a counter table: its values can be read but not written back' };
    else yield { entity };
  }
  for (const row of views) {
    yield {
      entity: entityName(String(row['view_name'])),
      excluded: `a materialized view of ${String(row['base_table_name'])}`,
    };
  }
}

async function* readPartition(
  session: CassandraSession,
  settings: SourceSettings,
  partition: Partition,
  call: ReadOptions,
): AsyncGenerator<RecordBatch<CassandraRow>> {
  const definition = await requireTable(session, partition.entity, call);
  declaredSchema(definition, partition.entity, settings.facts);
  const selection = selectionOf(session, definition, settings.facts);
  const extent = extentOf(partition.range, definition, call.filter ?? []);
  yield* scanTable({ session, definition, selection, extent, fetchSize: settings.fetchSize }, call);
}
