import {
  type Connector,
  DatamigratoError,
  type DataRecord,
  type DeadLetter,
  type Endpoint,
  isDatamigratoError,
  type Json,
  type MigrationPlan,
  type Partition,
  type ReadOptions,
  type RecordBatch,
  type RecordKey,
  type Source,
  valueFromText,
} from '@datamigrato/core';
import { readDeadLetterLines } from '../state/dead-letter-lines.js';
import { diskFileSystem } from '../state/state-file-system.js';

/** Where dead letters are taken from. */
export interface DeadLetterSource {
  /** The run's plan. */
  readonly plan: MigrationPlan;
  /** The connector that the records came from once: what it makes of a lock's kinds still counts. */
  readonly connector: Connector;
  readonly path: string;
}

/**
 * The dead letters of a run as a source with the name of that run's own, whose records they are: the pipeline moves them as it moves any others.
 *
 * A letter whose record could not be decoded has none to give, and is rejected again with the code that it has.
 */
export function deadLetterEndpoint({ plan, connector, path }: DeadLetterSource): Endpoint {
  const replaying: Connector = {
    ...connector,
    capabilities: { source: true, target: false, admin: false },
    codec: {
      ...connector.codec,
      createDecoder: () => ({
        decode: (native) => recordIn(native as DeadLetter),
        identify: (native) => (native as DeadLetter).identity ?? undefined,
      }),
    },
  };
  const close = async (): Promise<void> => undefined;
  return {
    connector: replaying,
    description: { id: plan.source.endpoint, notices: [] },
    source: () => deadLetterReading(plan, path),
    target: () => {
      throw new TypeError('dead letters are no target');
    },
    admin: () => undefined,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function deadLetterReading(plan: MigrationPlan, path: string): Source<DeadLetter> {
  return {
    async *listEntities() {
      for (const { source } of plan.entities) yield { entity: source };
    },
    async inferSchema(entity) {
      const planned = plan.entities.find(({ source }) => source === entity);
      if (planned === undefined) throw new TypeError(`${entity} is not in the plan`);
      return planned.sourceSchema;
    },
    async *planPartitions(entity) {
      yield { entity, id: 'dead-letters', range: null };
    },
    readPartition: (partition, call) => batches(partition, path, call),
  };
}

async function* batches(
  { entity }: Partition,
  path: string,
  { batchRecords, batchBytes, after, signal }: ReadOptions,
): AsyncGenerator<RecordBatch<DeadLetter>> {
  let records: DeadLetter[] = [];
  let bytes = 0;
  let position: Json = after ?? 0;
  const done = typeof after === 'number' ? after : 0;
  for await (const line of readDeadLetterLines(diskFileSystem, path)) {
    signal.throwIfAborted();
    if (line.end <= done || line.letter.source !== entity) continue;
    records.push(line.letter);
    bytes += line.bytes.length;
    position = line.end;
    if (records.length < batchRecords && bytes < batchBytes) continue;
    yield { records, position, bytes };
    records = [];
    bytes = 0;
  }
  if (records.length > 0) yield { records, position, bytes };
}

function recordIn({ record, code, message }: DeadLetter): DataRecord {
  if (record === null) {
    throw new DatamigratoError({ code: code as `DM_${string}`, category: 'record', message });
  }
  try {
    const key = valueFromText(record.key);
    const fields = valueFromText(record.fields);
    if (isKey(key) && isDocument(fields)) return { key, fields };
  } catch (error) {
    throw unreadable(error);
  }
  throw unreadable(undefined);
}

function isKey(value: unknown): value is RecordKey {
  return Array.isArray(value);
}

function isDocument(value: unknown): value is DataRecord['fields'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(cause: unknown): DatamigratoError {
  if (cause !== undefined && !isDatamigratoError(cause)) throw cause;
  return new DatamigratoError({
    code: 'DM_DEAD_LETTER_UNREADABLE',
    category: 'record',
    message: 'The text of the record in the dead letter cannot be read back',
    cause,
  });
}
