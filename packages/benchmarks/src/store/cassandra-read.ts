import type { Client, types } from 'cassandra-driver';
import { type DataSet, recordsPerPage } from '../data/data-set.js';
import { keyOf, quoted } from './cassandra-rows.js';
import { fetchSize } from './cassandra-session.js';

/** The ring cut in two: one page is decoded here while the server reads another. More than two gain nothing on two cores. */
const tokenRanges = [
  { after: -(2n ** 63n), upTo: 0n },
  { after: 0n, upTo: 2n ** 63n - 1n },
] as const;

/**
 * Reads a table in two token ranges at once, in pages of `fetchSize`; the next page is asked for before `onPage` is called with the last.
 * No token is the least one, so that "after" it is from the beginning.
 */
export async function readTokenRanges(
  client: Client,
  table: string,
  dataSet: DataSet,
  onPage: (rows: readonly types.Row[]) => Promise<void>,
): Promise<void> {
  const names = dataSet.columns.map((column) => quoted(column.name)).join(', ');
  const token = `token(${quoted(keyOf(dataSet))})`;
  const pageRows = recordsPerPage(dataSet, fetchSize);
  const query = `SELECT ${names} FROM ${quoted(table)} WHERE ${token} > ? AND ${token} <= ?`;
  await Promise.all(
    tokenRanges.map(async ({ after, upTo }) => {
      const read = (pageState?: string): Promise<types.ResultSet> =>
        client.execute(query, [after, upTo], {
          prepare: true,
          fetchSize: pageRows,
          ...(pageState !== undefined && { pageState }),
        });
      for (let page: Promise<types.ResultSet> | undefined = read(); page !== undefined; ) {
        const { rows, pageState }: types.ResultSet = await page;
        page = pageState === null || pageState === undefined ? undefined : read(pageState);
        await onPage(rows);
      }
    }),
  );
}
