import type { Benchmark } from './benchmark.js';

/** Every benchmark by name. Each is loaded only when it is asked for, so that a leg's process holds no driver that it does not use. */
const loaders: Readonly<Record<string, () => Promise<Benchmark>>> = {
  'mongodb-to-cassandra': async () => (await import('./pair/mongodb-to-cassandra.js')).mongodbToCassandra,
  'cassandra-to-mongodb': async () => (await import('./pair/cassandra-to-mongodb.js')).cassandraToMongodb,
  'file-to-mongodb': async () => (await import('./pair/file-to-mongodb.js')).fileToMongodb,
  'mongodb-to-file': async () => (await import('./pair/mongodb-to-file.js')).mongodbToFile,
  'mongodb-to-firestore': async () => (await import('./pair/mongodb-to-firestore.js')).mongodbToFirestore,
  'mongodb-to-realtime': async () => (await import('./pair/mongodb-to-realtime.js')).mongodbToRealtime,
  'firestore-to-mongodb': async () => (await import('./pair/firestore-to-mongodb.js')).firestoreToMongodb,
  'realtime-to-mongodb': async () => (await import('./pair/realtime-to-mongodb.js')).realtimeToMongodb,
  core: async () => (await import('./core/core-benchmark.js')).coreBenchmark,
  memory: async () => (await import('./memory/memory-benchmark.js')).memoryBenchmark,
};

/** Names that `benchmarkNamed` knows. */
export const benchmarkNames: readonly string[] = Object.keys(loaders);

/** The benchmark of this name; rejects with a `RangeError` that lists the names there are. */
export async function benchmarkNamed(name: string): Promise<Benchmark> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (load === undefined) throw new RangeError(`There is no benchmark "${name}". Names: ${benchmarkNames.join(', ')}`);
  return load();
}
