import { firebaseRealtimeConnector } from '@datamigrato/firebase-realtime';
import { startRealtimeServer } from '@datamigrato/realtime-server';
import { realtimeTree } from '../generate/realtime-tree.js';
import { type PairStore, sortedText } from './pair-store.js';

const database = 'pairs';

/** An embedded Realtime Database, filled and read by its own calls. */
export async function openRealtime(): Promise<PairStore> {
  const server = await startRealtimeServer();
  return {
    id: 'realtime',
    title: 'Realtime Database',
    connector: firebaseRealtimeConnector,
    options: { referenceUrl: `https://${database}.firebaseio.com`, emulator: `${server.host}:${server.port}` },
    async clear() {
      server.reset(database);
    },
    async seed(entity, records, seed) {
      server.write(entity, realtimeTree(records, seed), database);
    },
    async contents(entity) {
      const tree = server.read(entity, database);
      if (typeof tree !== 'object' || tree === null) return new Map();
      return new Map(Object.entries(tree).map(([name, record]) => [name, sortedText(record)]));
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
