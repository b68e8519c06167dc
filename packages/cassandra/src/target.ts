import {
  concurrently,
  DatamigratoError,
  type EntityName,
  recordExists,
  type Target,
  type WriteFailure,
  type WriteMode,
  type WriteOptions,
  type WriteResult,
} from '@datamigrato/core';
import { types } from 'cassandra-driver';
import { qualified } from './identifier.js';
import type { CassandraRow, RowLayout } from './row.js';
import { abortable, type CassandraSession, consistencyLevels, settled } from './session.js';
import { planTable, prepareTable } from './table-plan.js';
import { groupForBatches } from './write-group.js';
import { insertStatement, type WriteSettings } from './write-statement.js';

/** How a target writes, beyond what the contract says. */
export interface TargetSettings extends WriteSettings {
  readonly strategy: 'batch' | 'single';
  /** Most bytes of a batch, as a server counts them. */
  readonly batchBytes: number;
  readonly createKeyspace: Readonly<Record<string, string | number>> | undefined;
}

/** Requests of one call that are under way at once. */
const singlesInFlight = 256;
const batchesInFlight = 16;

/** The writing side of a keyspace. */
export function createTarget(session: CassandraSession, settings: TargetSettings): Target<CassandraRow> {
  const statements = new WeakMap<RowLayout, Map<string, string>>();
  const statementFor = (entity: EntityName, layout: RowLayout, mode: WriteMode): string => {
    const known = statements.get(layout) ?? new Map<string, string>();
    statements.set(layout, known);
    const name = `${mode} ${entity}`;
    const statement = known.get(name) ?? insertStatement(session.keyspace, entity, layout, mode, settings);
    known.set(name, statement);
    return statement;
  };
  return {
    planEntity: (schema, call) => planTable(session, schema, settings, call),
    prepareEntity: (schema, call) => prepareTable(session, schema, settings, call),
    async writeBatch(entity, records, call) {
      if (call.mode !== 'replace' && settings.writeTimestamp !== undefined) throw timestampWithCondition();
      const writing: Writing = {
        session,
        records,
        call,
        batchBytes: settings.batchBytes,
        doing: `write to table ${qualified(session.keyspace, entity)}`,
        statementOf: (index) => statementFor(entity, (records[index] as CassandraRow).layout, call.mode),
        failures: [],
        unchanged: 0,
      };
      await abortable(
        call.mode === 'replace' && settings.strategy === 'batch' ? writeGroups(writing) : writeSingles(writing),
        call.signal,
      );
      return result(writing);
    },
  };
}

interface Writing {
  readonly session: CassandraSession;
  readonly records: readonly CassandraRow[];
  readonly call: WriteOptions;
  readonly batchBytes: number;
  readonly doing: string;
  readonly statementOf: (index: number) => string;
  readonly failures: WriteFailure[];
  unchanged: number;
}

function result(writing: Writing): WriteResult {
  return { failures: writing.failures.sort((left, right) => left.index - right.index), unchanged: writing.unchanged };
}

async function writeSingles(writing: Writing): Promise<void> {
  await concurrently(writing.records.keys(), singlesInFlight, writing.call.signal, (index) =>
    writeSingle(writing, index),
  );
}

async function writeGroups(writing: Writing): Promise<void> {
  const { session, records, call } = writing;
  const groups = groupForBatches(session, records, writing.batchBytes);
  await concurrently(groups, batchesInFlight, call.signal, async (group) => {
    const [only] = group;
    if (group.length === 1 && only !== undefined) return writeSingle(writing, only);
    const queries = group.map((index) => ({
      query: writing.statementOf(index),
      params: [...(records[index] as CassandraRow).values],
    }));
    try {
      const options = session.queryOptions(call, { consistency: session.writeConsistency });
      await settled(session.client.batch(queries, { ...options, logged: false }), call);
    } catch (thrown) {
      const error = session.failed(thrown, { doing: writing.doing, record: true });
      // One record may have spoilt it for the others; the server refuses a batch as a whole.
      if (error.category === 'record') for (const index of group) await writeSingle(writing, index);
      else if (error.category === 'transient') for (const index of group) writing.failures.push({ index, error });
      else throw error;
    }
  });
}

async function writeSingle(writing: Writing, index: number): Promise<void> {
  const { session, records, call } = writing;
  const conditional = call.mode !== 'replace';
  try {
    const options = session.queryOptions(call, { consistency: session.writeConsistency });
    const answer = await settled(
      session.client.execute(
        writing.statementOf(index),
        [...(records[index] as CassandraRow).values],
        conditional ? { ...options, isIdempotent: false, serialConsistency: serialLevel(session) } : options,
      ),
      call,
    );
    if (!conditional || answer.wasApplied()) return;
    if (call.mode === 'create') writing.failures.push({ index, error: recordExists() });
    else writing.unchanged += 1;
  } catch (thrown) {
    const error = session.failed(thrown, { doing: writing.doing, record: true });
    if (error.category !== 'record' && error.category !== 'transient') throw error;
    writing.failures.push({ index, error });
  }
}

function serialLevel(session: CassandraSession): number {
  const { localQuorum, localOne } = consistencyLevels;
  const level = consistencyLevels[session.writeConsistency];
  return level === localQuorum || level === localOne ? types.consistencies.localSerial : types.consistencies.serial;
}

function timestampWithCondition(): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_OPTIONS_INVALID',
    category: 'usage',
    message: 'A write that depends on whether the record is there cannot be given a time of its own (`writeTimestamp`)',
    nextStep: 'leave `writeTimestamp` out, or write with mode `replace`',
  });
}
