import { startCassandra, startFirestore, startMongodb } from '@datamigrato/testbed';
import type { StoreId } from '../command-line.js';
import { openCassandra } from './cassandra.js';
import { openFirestore } from './firestore.js';
import { type MongodbStore, openMongodb } from './mongodb.js';
import type { PairStore } from './pair-store.js';
import { openRealtime } from './realtime.js';

/** The database or keyspace that is filled and emptied: on a server of the user's own, nothing else is touched. */
const space = 'datamigrato_pairs';

/** Servers that are started when they are first asked for, and stopped together. */
export class StoreSet implements AsyncDisposable {
  readonly #stores = new Map<StoreId, Promise<PairStore>>();
  #mongodb: Promise<MongodbStore> | undefined;
  readonly #disposables: AsyncDisposable[] = [];

  get(id: StoreId): Promise<PairStore> {
    const store = this.#stores.get(id) ?? this.#start(id);
    this.#stores.set(id, store);
    return store;
  }

  mongodb(): Promise<MongodbStore> {
    this.#mongodb ??= startMongodb().then(async (server) => this.#kept(await openMongodb(this.#kept(server), space)));
    return this.#mongodb;
  }

  async #start(id: StoreId): Promise<PairStore> {
    switch (id) {
      case 'mongodb':
        return this.mongodb();
      case 'cassandra':
        return this.#kept(await openCassandra(this.#kept(await startCassandra()), space));
      case 'firestore':
        return this.#kept(openFirestore(this.#kept(await startFirestore()), 'demo-pairs'));
      case 'realtime':
        return this.#kept(await openRealtime());
    }
  }

  #kept<Disposable extends AsyncDisposable>(disposable: Disposable): Disposable {
    this.#disposables.push(disposable);
    return disposable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#mongodb, ...this.#stores.values()]);
    for (const disposable of this.#disposables.reverse()) await disposable[Symbol.asyncDispose]();
  }
}
