import { setTimeout as pause } from 'node:timers/promises';
import type { MigrationEvent } from '@datamigrato/core';
import { startFaultProxy } from '@datamigrato/testbed';
import type { DrillResult } from '../report/drill-result.js';
import { comparePlace } from '../store/compare.js';
import type { Place } from '../store/drill-store.js';
import { pairName, type RunningPair } from '../store/pair.js';
import { ledgerFault, move, type Side } from './move.js';
import type { WireFault } from './wire-faults.js';

/** Which side's connections are in trouble. */
type FaultySide = 'source' | 'target';

/** One fault on one side of one pair. */
export interface WireDrill {
  readonly pair: RunningPair;
  readonly side: FaultySide;
  readonly fault: WireFault;
  /** The source's records, from 0 on. */
  readonly source: Place;
  readonly records: number;
}

/** Milliseconds beyond its deadline after which a request that hangs must have been noticed; busy machines included. */
const noticeWithin = 3000;

/** Milliseconds for which every reply to a read is lost where reading takes one request for a partition. */
const whileReadingBegins = 1500;

/** Moves records while one side's connections are in trouble, and compares by the plain drivers. */
export async function runWireDrill(drill: WireDrill): Promise<DrillResult> {
  const { pair, side, fault, source, records } = drill;
  const started = performance.now();
  const violations: string[] = [];
  // Both sides, so that connections which stay open are seen on either.
  await using sourceProxy = await startFaultProxy(pair.source.port);
  await using targetProxy = await startFaultProxy(pair.target.port);
  const proxy = side === 'source' ? sourceProxy : targetProxy;
  const name = `drill_${pairName({ source: pair.source.store, target: pair.target.store })}_${side}_${fault.name}`;
  const target = await pair.target.place(name.replaceAll(/\W+/g, '_').toLowerCase());
  const sides: Record<FaultySide, Side> = {
    source: {
      connector: pair.source.store.connector,
      place: source,
      port: sourceProxy.port,
      ...(fault.hitsRequests && { options: pair.source.store.readsInSmallPages }),
    },
    target: { connector: pair.target.store.connector, place: target, port: targetProxy.port },
  };

  const isEarly = side === 'source' && pair.source.store.readsPartitionsWhole === true && fault.hitsRequests === true;
  const begins: MigrationEvent['type'] = isEarly ? 'migration-started' : 'batch-written';
  const lasts = isEarly ? whileReadingBegins : fault.lasts;
  let faultAt: number | undefined;
  let noticedAfter: number | undefined;
  let healing: NodeJS.Timeout | undefined;
  const moved = await move(sides.source, sides.target, {
    settings: {
      deadline: fault.deadline,
      outage: 60_000,
      batchRecords: Math.max(10, Math.floor(records / 40)),
      checkpointInterval: { records: 250, milliseconds: 250 },
    },
    onEvent(event) {
      if (event.type === begins && faultAt === undefined) {
        faultAt = performance.now();
        proxy.fault(fault.fault(sides[side].place, side === 'target' ? 5 : pair.source.store.readsForEachLoss));
        if (lasts !== undefined) healing = setTimeout(() => proxy.fault(undefined), lasts);
      }
      if (event.type === 'retry-scheduled' && faultAt !== undefined) noticedAfter ??= performance.now() - faultAt;
    },
  });
  clearTimeout(healing);
  proxy.fault(undefined);

  const problem =
    moved.error === undefined
      ? ledgerFault(moved.ledger, records)
      : `ended with ${moved.error.code}: ${moved.error.message}`;
  if (problem !== undefined) violations.push(problem);
  if (faultAt === undefined) violations.push('was over before the fault began');
  if (noticedAfter !== undefined && noticedAfter > fault.deadline + noticeWithin)
    violations.push(`noticed the fault only after ${Math.round(noticedAfter)} ms`);
  if (!fault.mayPassUnnoticed && moved.retries.length === 0 && proxy.resets + proxy.repliesLost === 0)
    violations.push('never met the fault');
  if (!(await settles(() => sourceProxy.open + targetProxy.open === 0)))
    violations.push(`left ${sourceProxy.open} connections to the source and ${targetProxy.open} to the target open`);
  const { lost, duplicated, examples } = await comparePlace(target, records);
  violations.push(...examples);
  await target.drop();
  return {
    drill: `${name.replace(/^drill_/, '').replaceAll('_', ' ')}`,
    tried: 1,
    lost,
    duplicated,
    false: 0,
    milliseconds: performance.now() - started,
    measured: `${moved.retries.length} retries, ${proxy.resets} resets, ${proxy.repliesLost} lost replies${
      noticedAfter === undefined ? '' : `, noticed after ${Math.round(noticedAfter)} ms`
    }`,
    violations,
  };
}

/** Closing takes a moment at both ends. */
async function settles(condition: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (condition()) return true;
    await pause(30);
  }
  return condition();
}
