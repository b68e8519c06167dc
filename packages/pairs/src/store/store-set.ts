import { startCassandra, startFirestore, startMongodb } from '@datamigrato/testbed';
import type { StoreId } from '../command-line.js';
import { openCassandra } from './cassandra.js';
import { openFirestore } from './firestore.js';
import { openMongodb } from './mongodb.js';
import type { PairStore } from './pair-store.js';
import { openRealtime } from './realtime.js';

/** Servers that are started when they are first asked for, and stopped together. */
export class StoreSet implements AsyncDisposable {
  readonly #stores = new Map<StoreId, Promise<PairStore>>();
  readonly #disposables: AsyncDisposable[] = [];

  get(id: StoreId): Promise<PairStore> {
    const store = this.#stores.get(id) ?? this.#start(id);
    this.#stores.set(id, store);
    return store;
  }

  async #start(id: StoreId): Promise<PairStore> {
    switch (id) {
      case 'mongodb':
        return this.#kept(await openMongodb(this.#kept(await startMongodb())));
      case 'cassandra':
        return this.#kept(await openCassandra(this.#kept(await startCassandra())));
      case 'firestore':
        return this.#kept(openFirestore(this.#kept(await startFirestore())));
      case 'realtime':
        return this.#kept(await openRealtime());
    }
  }

  #kept<Disposable extends AsyncDisposable>(disposable: Disposable): Disposable {
    this.#disposables.push(disposable);
    return disposable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#stores.values());
    for (const disposable of this.#disposables.reverse()) await disposable[Symbol.asyncDispose]();
  }
}
