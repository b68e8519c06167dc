import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import { translateError } from './errors.js';
import type { RunQueryRequest } from './stub.js';

/** How many documents a query finds, counted by the service. */
export async function countDocuments(
  database: FirestoreDatabase,
  { parent, structuredQuery }: RunQueryRequest,
  call: CallOptions,
  where: string,
): Promise<number> {
  const request = {
    parent,
    structuredAggregationQuery: { structuredQuery, aggregations: [{ alias: 'n', count: {} }] },
  };
  const { runAggregationQuery } = database.stub;
  const stream = database.stream(runAggregationQuery, request, call, where);
  let count = 0;
  try {
    for (let messages = await stream.next(); messages !== undefined; messages = await stream.next()) {
      for (const { result } of messages) count = Number(result?.aggregateFields['n']?.integerValue ?? count);
    }
    return count;
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    throw translateError(error, where);
  } finally {
    stream.close();
  }
}
