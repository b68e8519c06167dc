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

/** Largest partition key, and largest single value of a clustering key, in bytes. */
export const keyBytesLimit = 65_535;

/** Bytes of a partition key, without making it. A single empty column is no key at all. */
export function partitionKeyLength(parts: readonly Buffer[]): number {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return parts.length > 1 ? bytes + 3 * parts.length : bytes;
}

/** The token of a partition key. */
export function tokenOf(client: Client, key: Buffer): bigint {
  const token = BigInt(client.metadata.newToken(key).getValue().toString());
  // The server gives the highest token to a key that hashes to the lowest, so that the lowest stays free as a bound.
  return token === minimumToken ? maximumToken : token;
}
