import {
  type CountOptions,
  concurrently,
  type EntityName,
  isDatamigratoError,
  type RecordCount,
} from '@datamigrato/core';
import { qualified } from './identifier.js';
import { ringRanges } from './partitions.js';
import { type KeyColumns, keyColumnsOf, rangeQuery } from './scan-query.js';
import type { CassandraSession } from './session.js';
import { requireTable } from './table-definition.js';
import { maximumToken, minimumToken, type TokenRange } from './token-range.js';

/** Parts of the ring that are counted by themselves, and how many of them at once. */
const countedRanges = 64;
const countsInFlight = 4;

/** An estimate begins with one such part of the ring, and is done once it has seen so many rows. */
const firstShare = 65_536n;
const rowsForEstimate = 2_000;

const ringWidth = maximumToken - minimumToken;

/**
 * Counts range by range, since a server has no number of a table's rows that could be trusted.
 *
 * Once the deadline has passed, or where an estimate will do, what was not counted is estimated by its share of the ring, and the count is not exact.
 */
export async function countRecords(
  session: CassandraSession,
  entity: EntityName,
  call: CountOptions,
): Promise<RecordCount> {
  const key = keyColumnsOf(await requireTable(session, entity, call));
  const table = qualified(session.keyspace, entity);
  const count = createCount(session, table, key, call);
  if (call.estimate === true) {
    for (const range of growingRanges()) {
      if (count.isOver() || count.rows() >= rowsForEstimate) break;
      await count.add(range);
    }
    return count.result();
  }
  const ranges = await ringRanges(session, countedRanges, call);
  await concurrently(ranges, countsInFlight, call.signal, async (range) => {
    if (!count.isOver()) await count.add(range);
  });
  return count.result();
}

/** The whole ring in ranges each twice as wide as the one before. */
function* growingRanges(): Generator<TokenRange> {
  let after = minimumToken;
  for (let width = ringWidth / firstShare; after < maximumToken; width *= 2n) {
    const upTo = maximumToken - after <= width ? maximumToken : after + width;
    yield { after, upTo };
    after = upTo;
  }
}

interface Count {
  /** Whether the time for counting has passed, or a range took longer than that. */
  isOver(): boolean;
  rows(): number;
  add(range: TokenRange): Promise<void>;
  /** Throws what a range failed with where not a single one was counted. */
  result(): RecordCount;
}

function createCount(session: CassandraSession, table: string, key: KeyColumns, call: CountOptions): Count {
  const end = performance.now() + call.deadline;
  let rows = 0;
  let width = 0n;
  let unfinished: unknown;
  return {
    isOver: () => unfinished !== undefined || performance.now() >= end,
    rows: () => rows,
    async add(range) {
      const { condition, parameters } = rangeQuery(key, range);
      try {
        const text = `SELECT count(*) AS n FROM ${table} ${condition}`;
        const [row] = (await session.execute(text, parameters, call, { doing: `counting of table ${table}` })).rows;
        rows += Number(String(row?.['n'] ?? 0));
        width += range.upTo - range.after;
      } catch (thrown) {
        if (!isDatamigratoError(thrown) || thrown.code !== 'DM_CASSANDRA_TIMEOUT') throw thrown;
        unfinished = thrown;
      }
    },
    result() {
      if (width === ringWidth) return { value: rows, exact: true };
      if (width === 0n && unfinished !== undefined) throw unfinished;
      return { value: width === 0n ? 0 : Number((BigInt(rows) * ringWidth) / width), exact: false };
    },
  };
}
