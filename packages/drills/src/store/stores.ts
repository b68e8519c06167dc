import { cassandra } from './cassandra.js';
import type { DrillStore } from './drill-store.js';
import { firestore } from './firestore.js';
import { mongodb } from './mongodb.js';
import { realtime } from './realtime.js';

/** Every store that drills know. */
export const stores: readonly DrillStore[] = [mongodb, cassandra, realtime, firestore];

/** The store of a name. Throws where there is none. */
export function storeNamed(name: string): DrillStore {
  const store = stores.find((one) => one.name === name);
  if (store === undefined)
    throw new RangeError(`there is no store "${name}" among ${stores.map((one) => one.name).join(', ')}`);
  return store;
}
