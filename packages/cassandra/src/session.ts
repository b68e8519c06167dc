import type { CallOptions, DatamigratoError } from '@datamigrato/core';
import { type Client, errors, policies, type QueryOptions, type types } from 'cassandra-driver';
import { type Failure, translateError } from './errors.js';

/** Core's consistency levels by the names that options give them. */
export const consistencyLevels = {
  one: 0x01,
  two: 0x02,
  three: 0x03,
  quorum: 0x04,
  all: 0x05,
  localQuorum: 0x06,
  eachQuorum: 0x07,
  localOne: 0x0a,
} as const;

/** Name of a consistency level. */
export type ConsistencyName = keyof typeof consistencyLevels;

/** What distinguishes one request from another. */
export interface RequestOptions {
  readonly consistency?: ConsistencyName;
  readonly fetchSize?: number;
  readonly pageState?: string | undefined;
}

/**
 * An open connection to one keyspace.
 *
 * Every request through it is prepared, idempotent, and never repeated by the driver; whether to repeat one is core's decision.
 */
export class CassandraSession {
  readonly client: Client;
  readonly keyspace: string;
  readonly readConsistency: ConsistencyName;
  readonly writeConsistency: ConsistencyName;
  readonly #owned: boolean;

  constructor(
    client: Client,
    settings: {
      readonly keyspace: string;
      readonly readConsistency: ConsistencyName;
      readonly writeConsistency: ConsistencyName;
      readonly owned: boolean;
    },
  ) {
    this.client = client;
    this.keyspace = settings.keyspace;
    this.readConsistency = settings.readConsistency;
    this.writeConsistency = settings.writeConsistency;
    this.#owned = settings.owned;
  }

  /** Options of a request for the driver. */
  queryOptions(call: CallOptions, options: RequestOptions): QueryOptions {
    return {
      prepare: true,
      autoPage: false,
      isIdempotent: true,
      retry: noRetry,
      readTimeout: call.deadline,
      consistency: consistencyLevels[options.consistency ?? this.readConsistency],
      ...(options.fetchSize !== undefined && { fetchSize: options.fetchSize }),
      ...(options.pageState !== undefined && { pageState: options.pageState }),
    };
  }

  /** Sends one prepared statement. */
  async execute(
    query: string,
    parameters: readonly unknown[],
    call: CallOptions,
    failure: Failure,
    options: RequestOptions = {},
  ): Promise<types.ResultSet> {
    call.signal.throwIfAborted();
    try {
      return await settled(this.client.execute(query, [...parameters], this.queryOptions(call, options)), call);
    } catch (thrown) {
      call.signal.throwIfAborted();
      throw this.failed(thrown, failure);
    }
  }

  /** All rows of a small result, page by page. The server's own tables, which every node has, need no other consistency than the default. */
  async rows(
    query: string,
    parameters: readonly unknown[],
    call: CallOptions,
    failure: Failure,
    consistency: ConsistencyName = 'localOne',
  ): Promise<readonly types.Row[]> {
    const rows: types.Row[] = [];
    let pageState: string | undefined;
    do {
      const page: types.ResultSet = await this.execute(query, parameters, call, failure, {
        consistency,
        pageState,
      });
      rows.push(...page.rows);
      pageState = page.pageState ?? undefined;
    } while (pageState !== undefined);
    return rows;
  }

  /** Runs a statement that changes the schema. It is not prepared, since its kind cannot be. */
  async define(statement: string, call: CallOptions, failure: Failure): Promise<void> {
    call.signal.throwIfAborted();
    try {
      const { prepare: _, ...options } = this.queryOptions(call, { consistency: this.writeConsistency });
      await settled(this.client.execute(statement, [], options), call);
    } catch (thrown) {
      call.signal.throwIfAborted();
      throw this.failed(thrown, failure);
    }
  }

  /** The driver's error in our words. Statements that a node forgot are prepared anew before the next request. */
  failed(thrown: unknown, failure: Failure): DatamigratoError {
    const error = translateError(thrown, failure);
    if (error.code === 'DM_CASSANDRA_UNPREPARED') this.client.metadata.clearPrepared();
    return error;
  }

  /** Closes the connection, unless it was handed in. */
  async close(): Promise<void> {
    if (this.#owned) await this.client.shutdown();
  }
}

const noRetry = new policies.retry.FallthroughRetryPolicy();

/**
 * The outcome of a request, and an `OperationTimedOutError` where the deadline comes first.
 *
 * The driver itself holds a statement that it sends to the deadline, and not the one by which it has the statement prepared before.
 */
export async function settled<Result>(request: Promise<Result>, call: CallOptions): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new errors.OperationTimedOutError('no answer by the deadline')), call.deadline);
  });
  try {
    return await abortable(Promise.race([request, late]), call.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** The promise's outcome, or the signal's reason once it is aborted: the driver cannot take a request back. */
export function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (result) => {
        signal.removeEventListener('abort', onAbort);
        resolve(result);
      },
      (reason: unknown) => {
        signal.removeEventListener('abort', onAbort);
        reject(reason);
      },
    );
  });
}
