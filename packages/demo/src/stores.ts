import type { DemoStore } from './store/demo-store.js';
import { file } from './store/file.js';

/** Each is loaded when it is shown, so that a pair waits for no driver but its own. */
const loaders: Readonly<Record<string, () => Promise<DemoStore>>> = {
  mongodb: async () => (await import('./store/mongodb.js')).mongodb,
  cassandra: async () => (await import('./store/cassandra.js')).cassandra,
  firestore: async () => (await import('./store/firestore.js')).firestore,
  realtime: async () => (await import('./store/realtime.js')).realtime,
  file: async () => file,
};

/** The names that `--with` takes. */
export const storeNames: readonly string[] = Object.keys(loaders);

/** A store by its name, or undefined where there is none. */
export async function storeNamed(name: string): Promise<DemoStore | undefined> {
  return Object.hasOwn(loaders, name) ? loaders[name]?.() : undefined;
}
