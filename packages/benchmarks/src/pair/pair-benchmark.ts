import type { Benchmark, BenchmarkOutcome, BenchmarkRequest, Measurement } from '../benchmark.js';
import { availableRecords } from '../data/data-set.js';
import { dataSetNamed } from '../data/data-sets.js';
import { type Leg, type LegContext, type LegSample, type LegTask, serverPids } from '../leg/leg-task.js';
import { openPipeline } from '../pipeline/open-pipeline.js';
import { grouped } from '../report/number-text.js';
import type { BenchmarkStore, OpenCopy, Place, RunningStore } from '../store/benchmark-store.js';
import type { BareCopy } from './bare-copy.js';
import { pairSummary, pairTable } from './pair-table.js';

/** What a pair of stores must say to be measured. */
export interface PairDefinition {
  readonly name: string;
  readonly source: BenchmarkStore;
  readonly target: BenchmarkStore;
  /** By name; the pipeline is compared with the first, which must be the fastest. */
  readonly bareCopies: Readonly<Record<string, BareCopy>>;
}

/** The legs of every pair besides its bare copies. */
const pairLegs = { read: 'read ceiling', write: 'write ceiling', pipeline: 'pipeline' } as const;

const sourceEntity = 'records';
const targetEntity = 'copied';

/**
 * Measures a pair of stores: both ceilings, the bare copies and the pipeline, each in a process of its own, in turn.
 *
 * One round that is thrown away comes first; every second round goes backwards, so that a machine that gets faster or slower meanwhile favours nobody.
 */
export function pairBenchmark(pair: PairDefinition): Benchmark {
  const measured: Readonly<Record<string, Leg>> = {
    [pairLegs.read]: (context) => measureCopy(context, pair.source.openReader(sourcePlace(context.task))),
    [pairLegs.write]: (context) => measureCopy(context, pair.target.openWriter(targetPlace(context.task))),
    ...Object.fromEntries(
      Object.entries(pair.bareCopies).map(([name, copy]): [string, Leg] => [
        name,
        (context) => measureCopy(context, copy(sourcePlace(context.task), targetPlace(context.task))),
      ]),
    ),
    [pairLegs.pipeline]: (context) => measurePipeline(pair, context),
  };
  const unmeasured: Readonly<Record<string, Leg>> = {
    fill: withoutSample(({ task }) => pair.source.fill(sourcePlace(task))),
    clear: withoutSample(({ task }) => pair.target.clear(targetPlace(task))),
    check: withoutSample(({ task }) => requireCount(pair.target, targetPlace(task))),
  };
  return {
    name: pair.name,
    defaultRecords: 50_000,
    legs: { ...measured, ...unmeasured },
    run: (request) => runPair(pair, Object.keys(measured), request),
  };
}

function sourcePlace(task: LegTask): Place {
  return placeOf(task, 'source', sourceEntity);
}

function targetPlace(task: LegTask): Place {
  return placeOf(task, 'target', targetEntity);
}

function placeOf(task: LegTask, role: string, entity: string): Place {
  const url = task.urls[role];
  if (url === undefined) throw new RangeError(`The task of ${task.leg} has no ${role}`);
  return { url, entity, dataSet: dataSetNamed(task.dataSet), records: task.records };
}

async function measureCopy(context: LegContext, opening: Promise<OpenCopy>): Promise<LegSample> {
  const copy = await opening;
  const sample = await context.measure(async () => ({ records: await copy.run() }));
  await copy.close();
  return sample;
}

async function measurePipeline(pair: PairDefinition, context: LegContext): Promise<LegSample> {
  const source = await pair.source.endpoint(sourcePlace(context.task), 'source');
  const target = await pair.target.endpoint(targetPlace(context.task), 'target');
  const pipeline = await openPipeline(source, target);
  const sample = await context.measure(() => pipeline.run());
  await pipeline.close();
  return sample;
}

function withoutSample(work: (context: LegContext) => Promise<void>): Leg {
  return async (context) => {
    await work(context);
    return undefined;
  };
}

async function requireCount(store: BenchmarkStore, place: Place): Promise<void> {
  const expected = availableRecords(place.dataSet, place.records);
  const found = await store.count(place);
  if (found !== expected) throw new Error(`${store.name} holds ${found} of ${expected} records`);
}

async function runPair(
  pair: PairDefinition,
  legs: readonly string[],
  request: BenchmarkRequest,
): Promise<BenchmarkOutcome> {
  const { options, say } = request;
  const dataSet = dataSetNamed(options.dataSet);
  const records = availableRecords(dataSet, options.records);
  say(`${pair.name}: starting ${pair.source.name} and ${pair.target.name}`);
  const stores: Record<string, RunningStore> = {};
  try {
    for (const store of [pair.source, pair.target]) {
      stores[store.name] ??= await store.start(say);
    }
    for (const store of [pair.source, pair.target]) {
      const seconds = await store.warmUp((stores[store.name] as RunningStore).url, options.warmUpSeconds);
      if (seconds > 0) say(`${pair.name}: warmed ${store.name} up for ${seconds.toFixed(0)} s`);
    }
    const measurements = await measureRounds(pair, legs, request, stores);
    return {
      title: `${grouped(records)} records (${dataSet.description})`,
      method: `median (least–largest) of ${options.rounds} rounds; ratios are of legs of one round`,
      records,
      stores: Object.values(stores).map((store) => store.version),
      measurements,
      summary: pairSummary(measurements, Object.keys(pair.bareCopies)),
      table: pairTable(measurements, legs, Object.keys(pair.bareCopies)),
      notes: [],
    };
  } finally {
    for (const store of Object.values(stores)) await store.stop();
  }
}

async function measureRounds(
  pair: PairDefinition,
  legs: readonly string[],
  { options, runLeg, say }: BenchmarkRequest,
  stores: Readonly<Record<string, RunningStore>>,
): Promise<readonly Measurement[]> {
  const task = (leg: string): LegTask => ({
    benchmark: pair.name,
    leg,
    dataSet: options.dataSet,
    records: options.records,
    urls: { source: urlOf(stores, pair.source), target: urlOf(stores, pair.target) },
    servers: serverPids(stores),
  });
  await runLeg(task('fill'));
  const measurements: Measurement[] = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    const order = round % 2 === 0 ? legs : [...legs].reverse();
    for (const leg of order) {
      const writes = leg !== pairLegs.read;
      if (writes) await runLeg(task('clear'));
      const profiled = options.profileFolder !== undefined && leg === pairLegs.pipeline && round === options.rounds;
      const flags = profiled ? ['--cpu-prof', `--cpu-prof-dir=${options.profileFolder}`] : [];
      const sample = await runLeg(task(leg), flags);
      if (sample === undefined) throw new Error(`The leg ${leg} measured nothing`);
      if (writes && round === 0) await runLeg(task('check'));
      say(
        `${pair.name}: round ${round} of ${options.rounds}, ${leg}: ${grouped(sample.records / sample.seconds)} records/s`,
      );
      if (round > 0) measurements.push({ round, leg, sample });
    }
  }
  await runLeg(task('clear'));
  return measurements;
}

function urlOf(stores: Readonly<Record<string, RunningStore>>, store: BenchmarkStore): string {
  return (stores[store.name] as RunningStore).url;
}
