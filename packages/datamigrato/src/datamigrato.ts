import type { Connector, MigrationPlan } from '@datamigrato/core';
import { type ConnectorSet, createConnectorSet } from './connect/connector-set.js';
import { resolveReference } from './connect/endpoint-reference.js';
import type { NamingContext } from './connect/named-store.js';
import { type CheckResult, checkJob } from './job/check-job.js';
import type { CheckOptions } from './job/check-options.js';
import type {
  JobOptions,
  MigrateOptions,
  PairOptions,
  ResumeOptions,
  RetryOptions,
  RunPlanOptions,
  StatusOptions,
} from './job/job-options.js';
import { planningOptions } from './job/planning-options.js';
import { findRunOfPlan, type NamedStores, type RecordedRun, readRecordedRun } from './job/recorded-run.js';
import { type RepairResult, repairJob } from './job/repair-job.js';
import { type ResumeJob, resumeJob } from './job/resume-job.js';
import { resumeWork } from './job/resume-work.js';
import { retryJob } from './job/retry-job.js';
import { type Job, planJob, runJob } from './job/run-job.js';
import { verifiedRun } from './job/verified-run.js';
import { type VerificationResult, verifyJob } from './job/verify-job.js';
import type { RepairOptions, VerifyOptions } from './job/verify-options.js';
import { type Migration, type MigrationWork, startMigration } from './migration.js';
import { documentEntity, documentName, type PopulateSource, populateSource } from './populate/populate-source.js';
import { systemRuntime } from './runtime.js';
import { createRedactor, type Redactor, type SecretListener } from './secret/redactor.js';
import { findRun, listRuns, type RunSummary } from './state/list-runs.js';
import { defaultStateFolder } from './state/run-folder.js';
import {
  type CassandraOptions,
  type FirebaseRealtimeOptions,
  type FirestoreOptions,
  type MongoOptions,
  stores,
} from './store-options.js';

/** What all calls of one {@link Datamigrato} share. */
export interface DatamigratoOptions {
  /** Connectors that do not come with this package. One with the id or a scheme of a known one takes its place. */
  readonly connectors?: readonly Connector[];
  /** The default of the option `stateFolder` of every call. */
  readonly stateFolder?: string;
  /** Where a run that goes on finds the variables that its stores were named with. Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Hears of each secret of a store, from options, environment and credential files, before it is used: for logs that leave secrets out. */
  readonly secrets?: SecretListener;
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
  readonly #context: NamingContext;
  readonly #secrets: Redactor;

  constructor(options: DatamigratoOptions = {}) {
    this.#stateFolder = options.stateFolder;
    const { environment = process.env } = options;
    const secrets = createRedactor(options.secrets);
    this.#secrets = secrets;
    this.#connectors = createConnectorSet(
      (options.connectors ?? []).map((connector) => ({ connector, errorCatalogue: {} })),
      secrets,
    );
    this.#context = { connectors: this.#connectors, environment, secrets };
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
  mongoToCassandra(options: MongoOptions & CassandraOptions & PairOptions): Migration {
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
  cassandraToMongo(options: CassandraOptions & MongoOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.cassandra(options), to: stores.mongo(options) });
  }

  /**
   * Copies a MongoDB collection into a Cloud Firestore collection. An `_id` becomes the document's id, as text; integers have 64 bits there, and a lock brings the kinds back.
   *
   * @example
   * ```ts
   * const report = await new Datamigrato().mongoToFirestore({
   *   clientUrl: 'mongodb://localhost:27017/shop', collectionName: 'movies',
   *   serviceAccount: './shop-firebase-adminsdk-1a2b3.json', collectionPath: 'movies',
   * });
   * ```
   */
  mongoToFirestore(options: MongoOptions & FirestoreOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.mongo(options), to: stores.firestore(options) });
  }

  /** Copies a Cloud Firestore collection into a MongoDB collection; of a sub-collection, `users/*\/messages`, the `_id` is a document of the parents' ids and its own. */
  firestoreToMongo(options: FirestoreOptions & MongoOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firestore(options), to: stores.mongo(options) });
  }

  /** Copies a Cassandra table into a Cloud Firestore collection; rows with a key of several columns into a sub-collection, `rooms/*\/messages`, below documents named after the first ones. */
  cassandraToFirestore(options: CassandraOptions & FirestoreOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.cassandra(options), to: stores.firestore(options) });
  }

  /** Copies a Cloud Firestore collection into a Cassandra table; of a sub-collection the parents' ids are the partition key, and its own clusters. */
  firestoreToCassandra(options: FirestoreOptions & CassandraOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firestore(options), to: stores.cassandra(options) });
  }

  /** Copies a MongoDB collection below a node of a Firebase Realtime Database. An `_id` becomes the name of a record's node, as text; `groupBy` nests records under the values of fields. */
  mongoToFirebaseRealtime(options: MongoOptions & FirebaseRealtimeOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.mongo(options), to: stores.firebaseRealtime(options) });
  }

  /** Copies the children of a node of a Firebase Realtime Database into a MongoDB collection; of a path with `*` the `_id` is a document of the names on the way and the record's own. */
  firebaseRealtimeToMongo(options: FirebaseRealtimeOptions & MongoOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firebaseRealtime(options), to: stores.mongo(options) });
  }

  /** Copies a Cassandra table below a node of a Firebase Realtime Database; rows with a key of several columns nest, a level for each. */
  cassandraToFirebaseRealtime(options: CassandraOptions & FirebaseRealtimeOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.cassandra(options), to: stores.firebaseRealtime(options) });
  }

  /** Copies the children of a node of a Firebase Realtime Database into a Cassandra table; of a path with `*` the first name is the partition key, and the others cluster. */
  firebaseRealtimeToCassandra(options: FirebaseRealtimeOptions & CassandraOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firebaseRealtime(options), to: stores.cassandra(options) });
  }

  /** Copies a Cloud Firestore collection below a node of a Firebase Realtime Database; a sub-collection nests under the ids of its parents. */
  firestoreToFirebaseRealtime(options: FirestoreOptions & FirebaseRealtimeOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firestore(options), to: stores.firebaseRealtime(options) });
  }

  /** Copies the children of a node of a Firebase Realtime Database into a Cloud Firestore collection. */
  firebaseRealtimeToFirestore(options: FirebaseRealtimeOptions & FirestoreOptions & PairOptions): Migration {
    return this.migrate({ ...options, from: stores.firebaseRealtime(options), to: stores.firestore(options) });
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

  /** Fills a Cloud Firestore collection with the records of a JSON document on the web or in a file. Doing it again changes nothing. */
  populateFirestore(options: PopulateSource & FirestoreOptions & JobOptions): Migration {
    return this.populate({ ...options, to: stores.firestore(options) });
  }

  /** Fills a node of a Firebase Realtime Database with the records of a JSON document on the web or in a file. Doing it again changes nothing. */
  populateFirebaseRealtime(options: PopulateSource & FirebaseRealtimeOptions & JobOptions): Migration {
    return this.populate({ ...options, to: stores.firebaseRealtime(options) });
  }

  /** Fills any store with the records of a JSON document: what `populateMongo` and `populateCassandra` do, for every connector. */
  populate(options: PopulateOptions): Migration {
    return this.#start(options, async (stateFolder) => {
      const to = await resolveReference(options.to, this.#connectors);
      const target = options.entity ?? to.entity ?? documentName(options.from);
      return this.#running({
        source: (folder, signal) => populateSource(options, options.primaryKey, this.#connectors, folder, signal),
        target: to,
        plan: async (source, call) => planningOptions(options, { source: await documentEntity(source, call), target }),
        options: { ...options, stateFolder },
      });
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
    return this.#start(options, async (stateFolder) => {
      const { from, to, plan } = await this.#understand(options);
      const work = this.#running({
        source: async () => from,
        target: to,
        plan: async () => plan,
        options: { ...options, stateFolder },
      });
      return verifiedRun(work, options, stateFolder, this.#context);
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
    return planJob(from.configured, to.configured, plan, options, options.signal ?? new AbortController().signal);
  }

  /**
   * Plans as `plan` does, and tries the source's records against the target's limits, writing nothing: which of them it would not take, by limit, with their keys.
   *
   * @example
   * ```ts
   * const { limits } = await new Datamigrato().check({ from: 'mongodb://localhost/shop', to: 'file:./backup' });
   * console.log(limits.beyond, limits.entities[0]?.findings[0]?.offenders);
   * ```
   */
  async check(options: CheckOptions): Promise<CheckResult> {
    const { from, to, plan } = await this.#understand(options);
    return checkJob(from.configured, to.configured, options, plan);
  }

  /**
   * Runs exactly a plan that was made before. A plan holds no credentials, so both stores are named again; one that has moved in a way that matters is `DM_PLAN_STALE`.
   *
   * Where a run of this plan was begun in the state folder, that one goes on; where it is finished, its report is given and nothing is read or written, unless `restart` asks for another run.
   */
  run(options: RunPlanOptions): Migration {
    return this.#start(options, async (stateFolder) => {
      const { plan, restart, from, to } = options;
      const [source, target] = await this.#endpoints(options);
      const sides = { source: source.configured, target: target.configured };
      const earlier = restart === true ? undefined : await findRunOfPlan(stateFolder, plan, sides);
      const work =
        earlier === undefined
          ? this.#running({ source: async () => source, target, plan, options: { ...options, stateFolder } })
          : this.#resuming(earlier, { from, to }, options);
      return verifiedRun(work, options, stateFolder, this.#context);
    });
  }

  /**
   * Goes on with a run that was interrupted, failed or killed, from its last checkpoint. A run that is finished is reported as it was.
   *
   * Without a name it is the newest that is not finished, whatever stopped it; where that one cannot go on, the error says which it was and names another that can.
   *
   * Stores are reached as they were: secrets come again from the environment variables and files that they came from; one that was written out has to be given again as `from` or `to`.
   *
   * @throws DatamigratoError `DM_RUN_UNKNOWN`, `DM_RUN_LOCKED` where another process has the run, `DM_STORE_UNNAMED` where a secret is missing, `DM_STATE_OTHER_PLAN` for other stores or versions, `DM_STATE_UNTRUSTED`.
   *
   * @example
   * ```ts
   * const datamigrato = new Datamigrato();
   * const { ledger, earlier } = await datamigrato.resume();
   * console.log(`${earlier?.ledger.read ?? 0} of ${ledger.read} records had been read before`);
   * ```
   */
  resume(options: ResumeOptions = {}): Migration {
    return this.#start(options, (stateFolder) => resumeWork(options, stateFolder, this.#context));
  }

  /**
   * Writes the dead letters of a finished run again, after what was in their way is gone: as a run of its own, whose ledger counts those letters and whose dead letters are those that fail once more.
   *
   * Retrying again is about what the last retry has left. The source is not read; records that could not even be decoded stay dead letters.
   *
   * @throws DatamigratoError `DM_RUN_UNKNOWN`, `DM_RUN_UNFINISHED`, `DM_STORE_UNNAMED`, `DM_STATE_UNTRUSTED` where letters are missing.
   *
   * @example
   * ```ts
   * const { ledger } = await new Datamigrato().retry({ run: '2026-11-24-k7mw' });
   * console.log(`${ledger.written} written now, ${ledger.dead} still dead`);
   * ```
   */
  retry(options: RetryOptions): Migration {
    return this.#start(options, async (stateFolder) => {
      const recorded = await readRecordedRun(stateFolder, options.run);
      return (control) => retryJob({ recorded, named: { to: options.to }, context: this.#context, options }, control);
    });
  }

  /**
   * The runs of the state folder, the one started last first, or the one named: what became of each, and how far it has come. Changes nothing and waits for nobody.
   *
   * @example
   * ```ts
   * for (const run of await new Datamigrato().status()) console.log(run.id, run.state);
   * ```
   */
  async status(options: StatusOptions = {}): Promise<readonly RunSummary[]> {
    const listing = { stateFolder: this.#stateFolderOf(options), runtime: systemRuntime };
    return options.run === undefined ? listRuns(listing) : [await findRun(listing, options.run)];
  }

  /**
   * Compares what the target of a run holds with what the source's records become under its plan, by reading both sides anew. Writes to neither.
   *
   * Conversions that the plan declares are no differences. The verdict is `equal` only where everything that the level covers was read and agrees; a side that could not be read whole makes it `inconclusive`.
   * An interrupted comparison of a run goes on where it was. Differing records are named by their keys, so that the report is as confidential as the data.
   *
   * @throws DatamigratoError `DM_RUN_UNKNOWN`, `DM_STORE_UNNAMED`, `DM_VERIFY_OTHER_STORE`, `DM_SAMPLE_TOO_LARGE`, `DM_STATE_UNTRUSTED`, and what a store that cannot be opened fails with.
   *
   * @example
   * ```ts
   * const { verdict, entities } = await new Datamigrato().verify({ run: '2026-11-24-k7mw' });
   * for (const { target, tally } of entities) console.log(verdict, target, tally?.missing, tally?.changed);
   * ```
   */
  verify(options: VerifyOptions = {}): Promise<VerificationResult> {
    return verifyJob(options, this.#stateFolderOf(options), this.#context);
  }

  /**
   * Writes the records again that differ between the sides of a run, and compares once more. Records that only the target has are deleted with `allowDelete` alone.
   *
   * Only `verification.verdict` says whether it worked: what a target acknowledges and does not show is a difference there. An entity that could not be read whole is left alone.
   *
   * @throws DatamigratoError as {@link Datamigrato.verify}, `DM_RUN_LOCKED` while the run is under way, `DM_PLAN_STALE`.
   *
   * @example
   * ```ts
   * const { entities, verification } = await new Datamigrato().repair({ run: '2026-11-24-k7mw' });
   * console.log(entities[0]?.written, verification?.verdict);
   * ```
   */
  repair(options: RepairOptions = {}): Promise<RepairResult> {
    return repairJob(options, this.#stateFolderOf(options), this.#context);
  }

  async #understand(options: MigrateOptions) {
    const [from, to] = await this.#endpoints(options);
    const plan = await planningOptions(options, { source: from.entity, target: to.entity });
    return { from, to, plan };
  }

  #endpoints({ from, to }: Pick<MigrateOptions, 'from' | 'to'>) {
    return Promise.all([resolveReference(from, this.#connectors), resolveReference(to, this.#connectors)]);
  }

  #stateFolderOf({ stateFolder }: { readonly stateFolder?: string | undefined }): string {
    return stateFolder ?? this.#stateFolder ?? defaultStateFolder;
  }

  #running(job: Job): MigrationWork {
    return (control) => runJob(job, control);
  }

  #resuming(recorded: RecordedRun, named: NamedStores, options: ResumeJob['options']): MigrationWork {
    return (control) => resumeJob({ recorded, named, context: this.#context, options }, control);
  }

  #start(
    options: Pick<JobOptions, 'signal' | 'stateFolder'>,
    understand: (stateFolder: string) => Promise<MigrationWork>,
  ): Migration {
    const stateFolder = this.#stateFolderOf(options);
    return startMigration(async (control) => (await understand(stateFolder))(control), {
      runtime: systemRuntime,
      signal: options.signal,
      redact: (text) => this.#secrets.redact(text),
    });
  }
}
