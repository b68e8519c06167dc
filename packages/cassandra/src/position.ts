import { DatamigratoError, type Json } from '@datamigrato/core';

/** Where to go on in a partition of the ring: after the row of this key. */
export interface ScanPosition {
  readonly token: bigint;
  /** Bytes of the partition key's columns. */
  readonly partition: readonly Buffer[];
  /** Bytes of the clustering key's columns; null after a partition that has static columns and no row. */
  readonly clustering: readonly Buffer[] | null;
}

/** A position as JSON: the token as decimal text, the columns' bytes as hexadecimal text. It holds for any server and version, unlike a paging state. */
export function positionToJson(position: ScanPosition): Json {
  return {
    token: position.token.toString(),
    partition: position.partition.map((bytes) => bytes.toString('hex')),
    clustering: position.clustering === null ? null : position.clustering.map((bytes) => bytes.toString('hex')),
  };
}

/** The position that {@link positionToJson} wrote. */
export function positionFromJson(
  json: Json,
  columns: { readonly partition: number; readonly clustering: number },
): ScanPosition {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const { token, partition, clustering } = json as { readonly [name: string]: Json };
    const partitionBytes = bytesOf(partition);
    const clusteringBytes = clustering === null ? null : bytesOf(clustering);
    if (
      typeof token === 'string' &&
      /^-?\d{1,19}$/.test(token) &&
      partitionBytes?.length === columns.partition &&
      (clusteringBytes === null || clusteringBytes?.length === columns.clustering)
    ) {
      return { token: BigInt(token), partition: partitionBytes, clustering: clusteringBytes };
    }
  }
  throw new DatamigratoError({
    code: 'DM_CASSANDRA_SCHEMA_CONFLICT',
    category: 'endpoint',
    message: 'The saved position does not belong to this table’s key',
    nextStep: 'start this entity over: the table’s key changed since the run began',
  });
}

/** Bytes of columns as hexadecimal texts; undefined where the JSON is anything else. */
export function bytesOf(json: Json | undefined): readonly Buffer[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const texts: readonly Json[] = json;
  if (!texts.every((text): text is string => typeof text === 'string' && /^(?:[0-9a-f]{2})*$/.test(text)))
    return undefined;
  return texts.map((text) => Buffer.from(text, 'hex'));
}
