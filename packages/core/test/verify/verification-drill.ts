import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Runtime } from '../../src/index.js';
import {
  type DataRecord,
  double,
  type Endpoint,
  instant,
  type MigrationPlan,
  planMigration,
  type VerificationReport,
  verifyMigration,
} from '../../src/index.js';
import { createVirtualRuntime } from '../virtual-runtime.js';
import { entity, type GeneratedStore, generated, generatedStore } from './generated-connector.js';
import { mutations } from './verified-pair.js';

/** Two generated stores with equal records, and the plan that leads from one to the other. */
export interface GeneratedPair {
  readonly plan: MigrationPlan;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly origin: GeneratedStore;
  readonly copy: GeneratedStore;
}

type Difference = 'missing' | 'extra' | 'changed';

/** A record of some 200 bytes. */
export function recordOf(index: number): DataRecord {
  return {
    key: [index],
    fields: {
      name: `record ${index} of many`,
      half: index + 0.5,
      whole: index,
      big: BigInt(index) ** 3n,
      list: ['a', `b${index}`],
      when: instant(index * 1000),
      zero: double(0),
      inner: { street: `${index} Long Street`, city: 'Rotterdam' },
    },
  };
}

export async function generatedPair(count: number): Promise<GeneratedPair> {
  const call = { signal: new AbortController().signal, deadline: 30_000 };
  const origin = generatedStore(count, recordOf);
  const copy = generatedStore(count, recordOf);
  const source = await (await generated.configure({ store: origin })).open(call);
  const target = await (await generated.configure({ store: copy })).open(call);
  const plan = await planMigration({
    source,
    target,
    options: { entities: [{ source: entity }], partitions: 8 },
    call,
  });
  return { plan, source, target, origin, copy };
}

/** Plants so many differences into the target, by a seed: changed in every way, missing, extra, and contents that two records swapped. */
export function plant(pair: GeneratedPair, count: number, seed: number): ReadonlyMap<string, Difference> {
  const { random } = createVirtualRuntime(seed);
  const planted = new Map<string, Difference>();
  const free = (): number => {
    for (;;) {
      const index = Math.floor(random() * pair.copy.count);
      if (!planted.has(`[${index}]`)) return index;
    }
  };
  while (planted.size < count) {
    const index = free();
    const record = recordOf(index);
    const choice = Math.floor(random() * (mutations.length + 3));
    const mutate = mutations[choice];
    if (mutate !== undefined) {
      pair.copy.changed.set(index, { ...record, fields: mutate(plainFields(record)) });
      planted.set(`[${index}]`, 'changed');
    } else if (choice === mutations.length) {
      pair.copy.changed.set(index, null);
      planted.set(`[${index}]`, 'missing');
    } else if (choice === mutations.length + 1) {
      const key = [`extra ${planted.size}`];
      pair.copy.more.push({ key, fields: record.fields });
      planted.set(JSON.stringify(key), 'extra');
    } else if (planted.size + 2 <= count) {
      planted.set(`[${index}]`, 'changed');
      const other = free();
      planted.set(`[${other}]`, 'changed');
      pair.copy.changed.set(index, { ...record, fields: recordOf(other).fields });
      pair.copy.changed.set(other, { ...recordOf(other), fields: record.fields });
    }
  }
  return planted;
}

/** What a comparison of a pair found, against what was planted. */
export interface DrillResult {
  readonly report: VerificationReport;
  /** Planted, and found as what they are. */
  readonly found: number;
  /** Found, and not planted. */
  readonly invented: number;
  readonly milliseconds: number;
}

/** Compares a pair with the clock of `runtime`. */
export async function drill(
  pair: GeneratedPair,
  planted: ReadonlyMap<string, Difference>,
  runtime: Runtime,
  onRead?: () => void,
): Promise<DrillResult> {
  const started = performance.now();
  const report = await verifyMigration({
    plan: pair.plan,
    source: pair.source,
    target: pair.target,
    runtime,
    signal: new AbortController().signal,
    digestKey: new Uint8Array(32).fill(7),
    ...(onRead && { onRead }),
    settings: { listed: 10_000 },
  });
  const milliseconds = performance.now() - started;
  const differences = report.entities.flatMap((found) => found.differences);
  const found = differences.filter(({ key, difference }) => planted.get(key) === difference).length;
  return { report, found, invented: differences.length - found, milliseconds };
}

function plainFields(record: DataRecord) {
  return record.fields as Parameters<(typeof mutations)[number]>[0];
}

/** Watches how much memory is in use, garbage aside, whenever it is asked: the most so far and what there was at first, in MiB. */
export function watchMemory(): { readonly look: () => void; readonly growth: () => number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const inUse = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 2 ** 20;
  };
  const before = inUse();
  let most = before;
  return {
    look() {
      most = Math.max(most, inUse());
    },
    growth: () => Math.round(most - before),
  };
}

/** The clock of this process, for comparisons that nobody wants to hurry. */
export const realRuntime: Runtime = {
  monotonicNow: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
};
