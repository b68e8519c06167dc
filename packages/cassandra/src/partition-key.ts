import type { Client } from 'cassandra-driver';
import { maximumToken, minimumToken } from './token-range.js';

/** A partition key as the server hashes and orders it: the bytes of its only column, or all columns with their lengths. */
export function partitionKeyBytes(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.allocUnsafe(2);
      length.writeUInt16BE(part.length);
      return [length, part, Buffer.from([0])];
    }),
  );
}

/** The token of a partition key. */
export function tokenOf(client: Client, key: Buffer): bigint {
  const token = BigInt(client.metadata.newToken(key).getValue().toString());
  // The server gives the highest token to a key that hashes to the lowest, so that the lowest stays free as a bound.
  return token === minimumToken ? maximumToken : token;
}
