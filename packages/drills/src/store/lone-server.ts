import type { DrillStore, Place, RunningStore } from './drill-store.js';

/** A server that the plain driver asks without holding anything open. */
interface Server {
  readonly port: number;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A store whose server alone is to be killed, started again and stopped. */
export function loneServer(store: DrillStore, server: Server, place: (name: string) => Promise<Place>): RunningStore {
  return {
    store,
    port: server.port,
    kill: () => server.kill(),
    restart: () => server.restart(),
    place,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
