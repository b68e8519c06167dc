import { type NativeRecord, nativeRecord } from './native-record.js';
import type { Scenario } from './scenario.js';

/** What the target holds: records by entity and canonical text of their key. It forgets nothing and outlives every process. */
export class SimulatedStore {
  readonly entities = new Map<string, Map<string, NativeRecord>>();
  /** Records that arrived at the store, repeated ones included. */
  writes = 0;

  constructor(scenario: Scenario) {
    for (const { name, there } of scenario.entities) {
      if (there.length === 0) continue;
      this.create(name);
      for (const record of there) this.records(name).set(nativeRecord(record).key, nativeRecord(record));
    }
  }

  create(entity: string): void {
    if (!this.entities.has(entity)) this.entities.set(entity, new Map());
  }

  /** Records of an entity by key. */
  records(entity: string): Map<string, NativeRecord> {
    const found = this.entities.get(entity);
    if (found === undefined) throw new Error(`the target has no ${entity}`);
    return found;
  }

  /** Takes a record; says whether that changed anything. */
  put(entity: string, native: NativeRecord, mode: 'replace' | 'create' | 'skip'): boolean {
    this.writes += 1;
    const records = this.records(entity);
    const there = records.get(native.key);
    if (there !== undefined && (mode !== 'replace' || there.text === native.text)) return false;
    records.set(native.key, native);
    return true;
  }
}
