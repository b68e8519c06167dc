import type { CallOptions } from '@datamigrato/core';
import type { FirestoreDatabase } from './client.js';
import type { RunQueryRequest } from './stub.js';
import { wholeAnswer } from './whole-answer.js';

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
  const messages = await wholeAnswer(database, runAggregationQuery, request, call, where);
  let count = 0;
  for (const { result } of messages) count = Number(result?.aggregateFields['n']?.integerValue ?? count);
  return count;
}
