import { randomBytes } from 'node:crypto';
import { createRecordDigest, entityName } from '@datamigrato/core';
import type { Benchmark, BenchmarkOutcome, BenchmarkRequest, Measurement, Spread } from '../benchmark.js';
import type { Leg, LegSample } from '../leg/leg-task.js';
import { spreadOf } from '../measure/spread.js';
import { openPipeline } from '../pipeline/open-pipeline.js';
import { grouped, mebibytes, spreadText } from '../report/number-text.js';
import { type MemoryStore, memoryConnector } from './memory-connector.js';
import { createMemoryDecoder, jsonRow, memoryRow, memorySchema } from './memory-rows.js';

const legs: Readonly<Record<string, Leg>> = {
  json: async ({ task, measure }) => {
    const rows = Array.from({ length: task.records }, (_, index) => jsonRow(index));
    return measure(async () => {
      let records = 0;
      for (const row of rows) if (JSON.parse(JSON.stringify(row)) !== undefined) records += 1;
      return { records };
    });
  },
  core: async ({ task, measure }) => {
    const from: MemoryStore = {
      rows: Array.from({ length: task.records }, (_, index) => memoryRow(index)),
      written: 0,
    };
    const to: MemoryStore = { rows: [], written: 0 };
    const pipeline = await openPipeline(
      { connector: memoryConnector('rows'), options: from, entity: 'records' },
      { connector: memoryConnector('documents'), options: to, entity: 'copied' },
    );
    const sample = await measure(() => pipeline.run());
    await pipeline.close();
    if (to.written !== task.records) throw new Error(`The target took ${to.written} of ${task.records} records`);
    return sample;
  },
  digest: async ({ task, measure }) => {
    const decoder = createMemoryDecoder(memorySchema(entityName('records')));
    const records = Array.from({ length: task.records }, (_, index) => decoder.decode(memoryRow(index)));
    const digest = createRecordDigest(randomBytes(32));
    return measure(async () => {
      for (const record of records) digest.add(record);
      return { records: digest.value().count };
    });
  },
};

/**
 * Core alone, from memory to memory: decode, map, encode, digest and ledger of ten-field records,
 * against `JSON.parse(JSON.stringify(record))` of the same records.
 *
 * What core takes without the digest is the difference of two measurements, as the digest cannot be switched off.
 */
export const coreBenchmark: Benchmark = { name: 'core', defaultRecords: 200_000, legs, run };

async function run({ options, runLeg, say }: BenchmarkRequest): Promise<BenchmarkOutcome> {
  const measurements: Measurement[] = [];
  for (let round = 0; round <= options.rounds; round += 1) {
    const order = Object.keys(legs);
    if (round % 2 === 1) order.reverse();
    for (const leg of order) {
      const profiled = options.profileFolder !== undefined && leg === 'core' && round === options.rounds;
      const task = { benchmark: 'core', leg, dataSet: 'generated', records: options.records, urls: {}, servers: {} };
      const sample = await runLeg(task, profiled ? ['--cpu-prof', `--cpu-prof-dir=${options.profileFolder}`] : []);
      if (sample === undefined) throw new Error(`The leg ${leg} measured nothing`);
      say(`core: round ${round} of ${options.rounds}, ${leg}: ${cpuMicroseconds(sample).toFixed(2)} µs/record`);
      if (round > 0) measurements.push({ round, leg, sample });
    }
  }
  return outcome(measurements, options.records);
}

function cpuMicroseconds({ cpuSeconds, records }: LegSample): number {
  return (cpuSeconds / records) * 1e6;
}

function outcome(measurements: readonly Measurement[], records: number): BenchmarkOutcome {
  const rounds = [...new Set(measurements.map(({ round }) => round))];
  const cost = (leg: string, round: number): number => {
    const found = measurements.find((one) => one.leg === leg && one.round === round);
    if (found === undefined) throw new RangeError(`round ${round} has no ${leg}`);
    return cpuMicroseconds(found.sample);
  };
  const figures: readonly { readonly name: string; readonly leg?: string; readonly of: (round: number) => number }[] = [
    { name: 'JSON.parse(JSON.stringify(record))', leg: 'json', of: (round) => cost('json', round) },
    { name: 'core, everything on', leg: 'core', of: (round) => cost('core', round) },
    { name: 'digest alone', leg: 'digest', of: (round) => cost('digest', round) },
    { name: 'core without digest (difference)', of: (round) => cost('core', round) - cost('digest', round) },
  ];
  const ratio = (of: (round: number) => number): Spread =>
    spreadOf(rounds.map((round) => of(round) / cost('json', round)));
  return {
    title: `${grouped(records)} records from memory to memory (generated, 10 fields, about 370 B)`,
    method: `median (least–largest) of ${rounds.length} rounds; ratios are of legs of one round`,
    records,
    stores: [],
    measurements,
    summary: Object.fromEntries(figures.slice(1).map(({ name, of }) => [`CPU of ${name} against JSON`, ratio(of)])),
    table: {
      columns: ['', 'CPU µs/record', '× JSON', 'peak RSS MiB'],
      rows: figures.map(({ name, leg, of }) => [
        name,
        spreadText(spreadOf(rounds.map(of)), 2),
        leg === 'json' ? '1' : spreadText(ratio(of), 2),
        leg === undefined
          ? ''
          : mebibytes(Math.max(...measurements.filter((one) => one.leg === leg).map(({ sample }) => sample.peakBytes))),
      ]),
    },
    notes: ['Peak memory is that of all records, made before the measurement began.'],
  };
}
