import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Benchmark, BenchmarkOutcome, BenchmarkRequest, Measurement } from '../benchmark.js';
import { dataSetNamed } from '../data/data-sets.js';
import type { Leg, LegSample, LegTask } from '../leg/leg-task.js';
import { slopeOf, spreadOf } from '../measure/spread.js';
import { type OpenPipeline, openPipeline } from '../pipeline/open-pipeline.js';
import { grouped, mebibytes } from '../report/number-text.js';
import type { Place } from '../store/benchmark-store.js';
import { fileStore } from '../store/file.js';

/** Moments at which the heap is looked at in one run. */
const heapSamples = 20;

const legs: Readonly<Record<string, Leg>> = {
  fill: async ({ task }) => {
    await fileStore.fill(placeOf(task, 'records'));
    return undefined;
  },
  clear: async ({ task }) => {
    await fileStore.clear(placeOf(task, 'copied'));
    return undefined;
  },
  pipeline: async ({ task, measure }) => {
    const pipeline = await open(task);
    const sample = await measure(() => pipeline.run());
    await pipeline.close();
    return sample;
  },
  heap: async ({ task, measure }) => {
    const pipeline = await open(task);
    const collect = garbageCollector();
    const points: { x: number; y: number }[] = [];
    let written = 0;
    const sample = await measure(async () => {
      const outcome = await pipeline.run((event) => {
        if (event.type !== 'batch-written') return;
        written += event.records;
        if (written < ((points.length + 1) * task.records) / heapSamples) return;
        collect();
        points.push({ x: written, y: process.memoryUsage().heapUsed });
      });
      // The first part is left out: caches and compiled code grow until everything has been done once.
      const settled = points.slice(Math.floor(points.length / 4));
      return { records: outcome.records, details: { heapBytesPerRecord: slopeOf(settled) } };
    });
    await pipeline.close();
    return sample;
  },
};

/** Memory and time of the pipeline from file to archive at a hundredth, a tenth and all of the records asked for: neither may grow with the source. */
export const memoryBenchmark: Benchmark = { name: 'memory', defaultRecords: 1_000_000, legs, run };

/** V8's own garbage collection, made callable in this process alone. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function open(task: LegTask): Promise<OpenPipeline> {
  // As the command line does.
  setFlagsFromString('--heap-growing-percent=30');
  return Promise.all([
    fileStore.endpoint(placeOf(task, 'records'), 'source'),
    fileStore.endpoint(placeOf(task, 'copied'), 'target'),
  ]).then(([source, target]) => openPipeline(source, target));
}

function placeOf(task: LegTask, entity: string): Place {
  const url = task.urls['file'];
  if (url === undefined) throw new RangeError('The task has no folder');
  return { url, entity, dataSet: dataSetNamed(task.dataSet), records: task.records };
}

async function run({ options, runLeg, say }: BenchmarkRequest): Promise<BenchmarkOutcome> {
  const store = await fileStore.start(say);
  const measurements: (Measurement & { readonly records: number })[] = [];
  try {
    for (const records of [options.records / 100, options.records / 10, options.records].map(Math.ceil)) {
      const task = (leg: string): LegTask => ({
        benchmark: 'memory',
        leg,
        dataSet: options.dataSet,
        records,
        urls: { file: store.url },
        servers: {},
      });
      await runLeg(task('fill'));
      for (const leg of ['pipeline', 'heap']) {
        await runLeg(task('clear'));
        const sample = await runLeg(task(leg));
        if (sample === undefined) throw new Error(`The leg ${leg} measured nothing`);
        say(
          `memory: ${leg} of ${grouped(records)} records: ${mebibytes(sample.peakBytes)} MiB, ${((sample.seconds * 1e6) / sample.records).toFixed(1)} µs/record`,
        );
        measurements.push({ round: 1, leg, sample, records });
      }
    }
  } finally {
    await store.stop();
  }
  return outcome(measurements, options);
}

function outcome(
  measurements: readonly (Measurement & { readonly records: number })[],
  options: BenchmarkRequest['options'],
): BenchmarkOutcome {
  const plain = measurements.filter(({ leg }) => leg === 'pipeline');
  const heapOf = (records: number): LegSample | undefined =>
    measurements.find((one) => one.leg === 'heap' && one.records === records)?.sample;
  const peaks = plain.map(({ sample }) => sample.peakBytes - sample.idleBytes);
  const growth = (peaks.at(-1) ?? 0) - (peaks[0] ?? 0);
  const times = plain.map(({ sample }) => sample.seconds / sample.records);
  const slope = heapOf(options.records)?.details['heapBytesPerRecord'] ?? 0;
  return {
    title: `file → archive, up to ${grouped(options.records)} records (${dataSetNamed(options.dataSet).description})`,
    method: 'one run of each size, each in a process of its own',
    records: options.records,
    stores: [],
    measurements,
    summary: {
      'peak over idle at all records less that at a hundredth, bytes': spreadOf([growth]),
      'heap slope, bytes per record': spreadOf([slope]),
      'time per record at all records against a tenth': spreadOf([(times.at(-1) ?? 0) / (times.at(-2) ?? 1)]),
    },
    table: {
      columns: ['records', 'idle RSS MiB', 'peak RSS MiB', 'peak over idle MiB', 'µs/record', 'heap slope B/record'],
      rows: plain.map(({ records, sample }) => [
        grouped(records),
        mebibytes(sample.idleBytes),
        mebibytes(sample.peakBytes),
        mebibytes(sample.peakBytes - sample.idleBytes),
        ((sample.seconds / sample.records) * 1e6).toFixed(1),
        (heapOf(records)?.details['heapBytesPerRecord'] ?? 0).toFixed(2),
      ]),
    },
    notes: ['The slope is of the heap after garbage collection, 20 times in a second run, the first quarter left out.'],
  };
}
