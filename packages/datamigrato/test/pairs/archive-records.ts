import { type CallOptions, type DataRecord, entityName, valueToText } from '@datamigrato/core';
import { fileConnector } from '@datamigrato/file';

const call: CallOptions = { signal: new AbortController().signal, deadline: 30_000 };
const schema = {
  entity: entityName('all'),
  key: [{ name: 'id', role: 'partition' as const }],
  fields: [],
  origin: 'planned' as const,
};

/** Writes records into an archive, as its entity `all`. */
export async function writeArchive(path: string, records: readonly DataRecord[]): Promise<void> {
  await using endpoint = await (await fileConnector.configure({ path })).open(call);
  const encoder = fileConnector.codec.createEncoder(schema);
  const target = endpoint.target();
  await target.prepareEntity(schema, call);
  const natives = records.map((record) => encoder.encode(record));
  const { failures } = await target.writeBatch(schema.entity, natives, { ...call, mode: 'replace' });
  if (failures[0] !== undefined) throw failures[0].error;
}

/** The records of the entity `all` of an archive, by the text of their keys. */
export async function readArchive(path: string): Promise<ReadonlyMap<string, DataRecord>> {
  await using endpoint = await (await fileConnector.configure({ path })).open(call);
  const source = endpoint.source();
  const decoder = fileConnector.codec.createDecoder(
    await source.inferSchema(schema.entity, { ...call, sampleSize: 1 }),
  );
  const records = new Map<string, DataRecord>();
  for await (const partition of source.planPartitions(schema.entity, { ...call, targetCount: 1 })) {
    for await (const batch of source.readPartition(partition, { ...call, batchRecords: 1000, batchBytes: 1 << 20 }))
      for (const native of batch.records) {
        const record = decoder.decode(native);
        records.set(valueToText(record.key), record);
      }
  }
  return records;
}
