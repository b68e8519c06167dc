import type { Connector, MigrationPlan } from '@datamigrato/core';
import { type ConnectorSet, createConnectorSet } from './connect/connector-set.js';
import { resolveReference } from './connect/endpoint-reference.js';
import type { JobOptions, MigrateOptions, RunPlanOptions } from './job/job-options.js';
import { planningOptions } from './job/planning-options.js';
import { type Job, planJob, runJob } from './job/run-job.js';
import { type Migration, startMigration } from './migration.js';
import { documentEntity, documentName, type PopulateSource, populateSource } from './populate/populate-source.js';
import { systemRuntime } from './runtime.js';
import { type CassandraOptions, type MongoOptions, stores } from './store-options.js';

/** What all calls of one {@link Datamigrato} share. */
export interface DatamigratoOptions {
  /** Connectors that do not come with this package. One with the id or a scheme of a known one takes its place. */
  readonly connectors?: readonly Connector[];
  /** The default of the option `stateFolder` of every call. */
  readonly stateFolder?: string;
}

/** A migration from a JSON document into any store. */
export interface PopulateOptions extends PopulateSource, JobOptions {
  readonly to: MigrateOptions['to'];
  /** Name of the entity to fill. Default: the one that `to` names, else the document's own name. */
  readonly entity?: string;
}

/**
 * Moves data between stores. Each call plans, runs and reports one migration, and returns a {@link Migration}: await it, loop over its events, or abort it.
 *
 * A connector and its driver are loaded when a call first needs them.
 *
 * @example
 * ```ts
 * import { Datamigrato } from 'datamigrato';
 * const report = await new Datamigrato().mongoToCassandra({
 *   databaseName: 'shop', collectionName: 'movies', clientUrl: 'mongodb://localhost:27017',
 *   keyspaceName: 'shop', tableName: 'movies', primaryKey: 'id', flatten: false,
 *   contactPoints: ['localhost'], localDataCenter: 'datacenter1',
 * });
 * console.log(report.ledger.written, report.runFolder);
 * ```
 */
export class Datamigrato {
  readonly #connectors: ConnectorSet;
  readonly #stateFolder: string | undefined;

  constructor(options: DatamigratoOptions = {}) {
    this.#connectors = createConnectorSet(
      (options.connectors ?? []).map((connector) => ({ connector, errorCatalogue: {} })),
    );
    this.#stateFolder = options.stateFolder;
  }

  /**
   * Copies a MongoDB collection into a Cassandra table, which is made where it is missing.
   *
   * The key is `_id`, named `id` in the table, unless `primaryKey` chooses fields. Nested documents become typed JSON text, or columns with `flatten`.
   *
   * @example
   * ```ts
   * const report = await new Datamigrato().mongoToCassandra({
   *   clientUrl: 'mongodb://localhost:27017/shop', collectionName: 'movies',
   *   secureBundle: './secure-connect-shop.zip', token: './shop-token.json', keyspaceName: 'shop', tableName: 'movies',
   *   primaryKey: { partition: ['genre'], clustering: ['id'] }, flatten: true,
   * });
   * ```
   */
  mongoToCassandra(options: MongoOptions & CassandraOptions & JobOptions): Migration {
    return this.migrate({ ...options, from: stores.mongo(options), to: stores.cassandra(options) });
  }

  /**
   * Copies a Cassandra table into a MongoDB collection. A row is a document; a key of one column is a plain `_id`, of several a sub-document.
   *
   * @example
   * ```ts
   * const report = await new Datamigrato().cassandraToMongo({
   *   contactPoints: ['localhost'], localDataCenter: 'datacenter1', keyspaceName: 'shop', tableName: 'movies',
   *   clientUrl: 'mongodb://localhost:27017', databaseName: 'restored', collectionName: 'movies',
   *   lock: '.datamigrato/runs/2026-11-24-k7mw/mapping.lock.json',
   * });
   * ```
   */
  cassandraToMongo(options: CassandraOptions & MongoOptions & JobOptions): Migration {
    return this.migrate({ ...options, from: stores.cassandra(options), to: stores.mongo(options) });
  }

  /**
   * Fills a MongoDB collection with the records of a JSON document on the web or in a file. Doing it again changes nothing.
   *
   * @example
   * ```ts
   * const report = await new Datamigrato().populateMongo({
   *   from: 'https://example.com/movies.json', recordsPath: 'data.movies',
   *   clientUrl: 'mongodb://localhost:27017', databaseName: 'shop', collectionName: 'movies',
   * });
   * ```
   */
  populateMongo(options: PopulateSource & MongoOptions & JobOptions): Migration {
    return this.populate({ ...options, to: stores.mongo(options) });
  }

  /**
   * Fills a Cassandra table with the records of a JSON document on the web or in a file. Doing it again changes nothing.
   *
   * @example
   * ```ts
   * const report = await new Datamigrato().populateCassandra({
   *   from: './movies.json', primaryKey: ['Title', 'Release Date'],
   *   contactPoints: ['localhost'], localDataCenter: 'datacenter1', keyspaceName: 'shop', tableName: 'movies',
   * });
   * ```
   */
  populateCassandra(options: PopulateSource & CassandraOptions & JobOptions): Migration {
    return this.populate({ ...options, to: stores.cassandra(options) });
  }

  /** Fills any store with the records of a JSON document: what `populateMongo` and `populateCassandra` do, for every connector. */
  populate(options: PopulateOptions): Migration {
    return this.#start(options, async () => {
      const to = await resolveReference(options.to, this.#connectors);
      const target = options.entity ?? to.entity ?? documentName(options.from);
      return {
        source: (folder, signal) => populateSource(options, options.primaryKey, this.#connectors, folder, signal),
        target: to.configured,
        plan: async (source, call) => planningOptions(options, { source: await documentEntity(source, call), target }),
        options,
      };
    });
  }

  /**
   * Moves entities between any two stores, named by connection strings or by connectors with their options.
   *
   * @example
   * ```ts
   * const migration = new Datamigrato().migrate({
   *   from: 'mongodb://localhost:27017/shop', to: { connector: 'file', options: { path: './backup' } },
   *   entities: ['movies', { source: 'users', target: 'people' }],
   * });
   * for await (const event of migration) console.log(event.type);
   * const { ledger } = await migration;
   * ```
   */
  migrate(options: MigrateOptions): Migration {
    return this.#start(options, async () => {
      const { from, to, plan } = await this.#understand(options);
      return { source: async () => from, target: to, plan: async () => plan, options };
    });
  }

  /**
   * Works out what `migrate` with the same options would do, and writes nothing.
   *
   * @example
   * ```ts
   * const datamigrato = new Datamigrato();
   * const stores = { from: 'mongodb://localhost/shop', to: 'file:./backup' };
   * const plan = await datamigrato.plan(stores);
   * for (const entity of plan.entities) console.log(entity.source, entity.estimate.records, entity.losses.length);
   * const report = await datamigrato.run({ ...stores, plan });
   * ```
   */
  async plan(options: MigrateOptions): Promise<MigrationPlan> {
    const { from, to, plan } = await this.#understand(options);
    return planJob(from, to, plan, options, options.signal ?? new AbortController().signal);
  }

  /** Runs exactly a plan that was made before. A plan holds no credentials, so both stores are named again; one that has moved in a way that matters is `DM_PLAN_STALE`. */
  run(options: RunPlanOptions): Migration {
    return this.#start(options, async () => {
      const [from, to] = await this.#endpoints(options);
      return { source: async () => from.configured, target: to.configured, plan: options.plan, options };
    });
  }

  async #understand(options: MigrateOptions) {
    const [from, to] = await this.#endpoints(options);
    const plan = await planningOptions(options, { source: from.entity, target: to.entity });
    return { from: from.configured, to: to.configured, plan };
  }

  #endpoints({ from, to }: Pick<MigrateOptions, 'from' | 'to'>) {
    return Promise.all([resolveReference(from, this.#connectors), resolveReference(to, this.#connectors)]);
  }

  #start(options: Pick<JobOptions, 'signal' | 'stateFolder'>, understand: () => Promise<Job>): Migration {
    return startMigration(
      async (control) => {
        const job = await understand();
        const stateFolder = job.options.stateFolder ?? this.#stateFolder;
        return runJob(
          { ...job, options: { ...job.options, ...(stateFolder !== undefined && { stateFolder }) } },
          control,
        );
      },
      { runtime: systemRuntime, signal: options.signal },
    );
  }
}
