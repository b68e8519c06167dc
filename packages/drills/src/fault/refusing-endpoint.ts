import { DatamigratoError, type Endpoint, type Target, type WriteFailure } from '@datamigrato/core';

/** What a store in trouble does with one write request in so many. */
export interface Refusals {
  /** From 0 to 1. */
  readonly share: number;
  readonly random: () => number;
  /** Whether the trouble is over. */
  readonly isOver: () => boolean;
}

/** Counts what was refused, and how. */
export interface RefusalCounts {
  throttled: number;
  halves: number;
  ambiguous: number;
}

/** Wraps an endpoint so that a share of its writes is refused, is written in half, or is written without anybody hearing of it. */
export function refusing(endpoint: Endpoint, refusals: Refusals, counts: RefusalCounts): Endpoint {
  return {
    connector: endpoint.connector,
    description: endpoint.description,
    source: () => endpoint.source(),
    target: () => refusingTarget(endpoint.target(), refusals, counts),
    admin: () => endpoint.admin(),
    close: () => endpoint.close(),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

function refusingTarget(
  target: Target<unknown>,
  { share, random, isOver }: Refusals,
  counts: RefusalCounts,
): Target<unknown> {
  return {
    planEntity: (schema, call) => target.planEntity(schema, call),
    prepareEntity: (schema, call) => target.prepareEntity(schema, call),
    async writeBatch(entity, records, call) {
      if (isOver() || random() >= share) return target.writeBatch(entity, records, call);
      const kind = random();
      if (kind < 1 / 3) {
        counts.throttled += 1;
        throw trouble('throttled');
      }
      if (kind < 2 / 3) {
        counts.ambiguous += 1;
        await target.writeBatch(entity, records, call);
        throw trouble('ambiguous');
      }
      counts.halves += 1;
      const half = records.slice(0, records.length >> 1);
      const written = half.length > 0 ? await target.writeBatch(entity, half, call) : { failures: [], unchanged: 0 };
      const refused: WriteFailure[] = records
        .slice(half.length)
        .map((_, index) => ({ index: half.length + index, error: trouble('safe') }));
      return { failures: [...written.failures, ...refused], unchanged: written.unchanged };
    },
  };
}

function trouble(retry: 'safe' | 'ambiguous' | 'throttled'): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_DEADLINE_EXCEEDED',
    category: 'transient',
    retry,
    message: 'The drill refuses a write',
  });
}
