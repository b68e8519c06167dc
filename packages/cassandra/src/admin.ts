import {
  type Admin,
  type CallOptions,
  concurrently,
  type EntitySchema,
  isDatamigratoError,
  type RecordKey,
  type Value,
  type WriteFailure,
  type WriteResult,
} from '@datamigrato/core';
import { countRecords } from './count-records.js';
import { compileEncode } from './encode-value.js';
import { qualified, quoted } from './identifier.js';
import { columnsOf } from './row.js';
import type { CassandraSession } from './session.js';
import { readTableDefinition } from './table-definition.js';

/** Deletions under way at once. */
const deletesInFlight = 256;

/** Counting and removing in a keyspace. */
export function createAdmin(session: CassandraSession): Admin {
  return {
    countRecords: (entity, call) => countRecords(session, entity, call),
    deleteRecords: (schema, keys, call) => deleteRecords(session, schema, keys, call),
    async dropEntity(entity, call) {
      const definition = await readTableDefinition(session, entity, call);
      if (definition === undefined) return;
      const what = definition.view ? 'MATERIALIZED VIEW' : 'TABLE';
      await session.define(`DROP ${what} IF EXISTS ${qualified(session.keyspace, entity)}`, call, {
        doing: `removal of ${qualified(session.keyspace, entity)}`,
      });
    },
    async dropDatabase(call) {
      await session.define(`DROP KEYSPACE IF EXISTS ${quoted(session.keyspace)}`, call, {
        doing: `removal of keyspace ${quoted(session.keyspace)}`,
      });
    },
  };
}

async function deleteRecords(
  session: CassandraSession,
  schema: EntitySchema,
  keys: readonly RecordKey[] | 'all',
  call: CallOptions,
): Promise<WriteResult> {
  const table = qualified(session.keyspace, schema.entity);
  const doing = `deletion from table ${table}`;
  if (keys === 'all') {
    await session.define(`TRUNCATE TABLE ${table}`, call, { doing });
    return { failures: [], unchanged: 0 };
  }
  const statementOf = deletion(table, schema);
  const failures: WriteFailure[] = [];
  await concurrently(keys.entries(), deletesInFlight, call.signal, async ([index, key]) => {
    try {
      const { text, parameters } = statementOf(key);
      await session.execute(text, parameters, call, { doing, record: true }, { consistency: session.writeConsistency });
    } catch (thrown) {
      if (!isDatamigratoError(thrown) || (thrown.category !== 'record' && thrown.category !== 'transient'))
        throw thrown;
      failures.push({ index, error: thrown });
    }
  });
  return { failures: failures.sort((left, right) => left.index - right.index), unchanged: 0 };
}

interface Deletion {
  readonly text: string;
  readonly parameters: readonly Buffer[];
}

/** The statement that deletes the record of a key. One without a clustering key stands for a partition's static columns. */
function deletion(table: string, schema: EntitySchema): (key: RecordKey) => Deletion {
  const columns = columnsOf(schema);
  const key = columns.slice(0, schema.key.length);
  const encoders = key.map((column) => compileEncode(column.type, column.name));
  const statics = columns.filter((column) => column.role === 'static').map((column) => quoted(column.name));
  const partitionLength = key.filter((column) => column.role === 'partition').length;
  return (values) => {
    const staticOnly =
      statics.length > 0 &&
      values.length > partitionLength &&
      values.slice(partitionLength).every((value) => value === null);
    const length = staticOnly ? partitionLength : key.length;
    const conditions = key.slice(0, length).map((column) => `${quoted(column.name)} = ?`);
    return {
      text: `DELETE ${staticOnly ? `${statics.join(', ')} ` : ''}FROM ${table} WHERE ${conditions.join(' AND ')}`,
      parameters: encoders.slice(0, length).map((encode, index) => encode((values[index] ?? null) as Value)),
    };
  };
}
