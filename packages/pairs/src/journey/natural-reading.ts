import { setTimeout as pause } from 'node:timers/promises';
import { createRecordStore, type DataRecord, fieldOf, type Runtime } from '@datamigrato/core';
import type { PairStore } from '../store/pair-store.js';

const runtime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  async sleep(milliseconds, signal) {
    await pause(milliseconds, undefined, { signal });
  },
};

/** Every record of an entity by its `serial`, as the store alone shows it: no lock tells what a value was elsewhere. */
export async function readNaturally(store: PairStore, entity: string): Promise<ReadonlyMap<string, DataRecord>> {
  const configured = await store.connector.configure(store.options);
  await using endpoint = await configured.open({ signal: new AbortController().signal, deadline: 60_000 });
  const records = new Map<string, DataRecord>();
  for await (const record of createRecordStore(endpoint, runtime).readRecords(entity)) {
    const serial = fieldOf(record.fields, 'serial');
    if (typeof serial !== 'string') throw new TypeError(`a record of ${entity} in ${store.title} lacks its serial`);
    records.set(serial, record);
  }
  return records;
}
