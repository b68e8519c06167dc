import type { Measurement, Spread } from '../benchmark.js';
import type { LegSample } from '../leg/leg-task.js';
import { spreadOf } from '../measure/spread.js';
import { mebibytes, spreadText } from '../report/number-text.js';
import type { Table } from '../report/table.js';

/** What one leg is compared by. */
type Figure = (sample: LegSample) => number;

const throughput: Figure = ({ records, seconds }) => records / seconds;
/** With that of the servers: on a machine where they share the cores, what a copy takes however busy others keep it. */
const allCpuMicroseconds: Figure = ({ records, cpuSeconds, otherCpuSeconds }) => {
  const servers = Object.entries(otherCpuSeconds).filter(([name]) => name !== 'elsewhere');
  return (servers.reduce((sum, [, seconds]) => sum + seconds, cpuSeconds) / records) * 1e6;
};
const cpuMicroseconds: Figure = ({ records, cpuSeconds }) => (cpuSeconds / records) * 1e6;

/** The table of a pair: one row a leg; ratios are of two legs of the same round. */
export function pairTable(
  measurements: readonly Measurement[],
  legs: readonly string[],
  bareCopies: readonly string[],
): Table {
  const [bare] = bareCopies;
  const rows = legs.map((leg) => {
    const samples = samplesOf(measurements, leg);
    const spread = (figure: Figure): Spread => spreadOf(samples.map(figure));
    const compared = (figure: Figure): string =>
      bare === undefined || leg === bare ? '1' : spreadText(ratioOf(measurements, leg, bare, figure), 2);
    const peak = Math.max(...samples.map(({ peakBytes }) => peakBytes));
    const grown = Math.max(...samples.map(({ peakBytes, idleBytes }) => peakBytes - idleBytes));
    return [
      leg,
      spreadText(spread(throughput), 0),
      compared(throughput),
      spreadText(spread(cpuMicroseconds), 1),
      compared(cpuMicroseconds),
      compared(allCpuMicroseconds),
      `${mebibytes(peak)} (+${mebibytes(grown)})`,
      serversText(samples),
    ];
  });
  return {
    columns: [
      '',
      'records/s',
      '× bare copy',
      'client CPU µs/record',
      '× bare copy',
      'with servers × bare copy',
      'peak RSS MiB (over idle)',
      'server CPU µs/record',
    ],
    rows,
  };
}

/** The ratios that the bars are about, by name. */
export function pairSummary(
  measurements: readonly Measurement[],
  bareCopies: readonly string[],
): Record<string, Spread> {
  return Object.fromEntries(
    bareCopies.flatMap((bare) => [
      [`throughput of the pipeline against ${bare}`, ratioOf(measurements, 'pipeline', bare, throughput)],
      [`client CPU of the pipeline against ${bare}`, ratioOf(measurements, 'pipeline', bare, cpuMicroseconds)],
      [
        `CPU of client and servers of the pipeline against ${bare}`,
        ratioOf(measurements, 'pipeline', bare, allCpuMicroseconds),
      ],
    ]),
  );
}

function ratioOf(measurements: readonly Measurement[], leg: string, other: string, figure: Figure): Spread {
  const ratios = measurements.flatMap(({ round, leg: name, sample }) => {
    const partner = measurements.find((one) => one.round === round && one.leg === other);
    return name === leg && partner !== undefined ? [figure(sample) / figure(partner.sample)] : [];
  });
  return spreadOf(ratios);
}

function samplesOf(measurements: readonly Measurement[], leg: string): readonly LegSample[] {
  return measurements.filter((one) => one.leg === leg).map(({ sample }) => sample);
}

/** Processor time of the servers, each with its name, and of whatever else the machine did. */
function serversText(samples: readonly LegSample[]): string {
  const names = [...new Set(samples.flatMap(({ otherCpuSeconds }) => Object.keys(otherCpuSeconds)))];
  return names
    .map((name) => {
      const median = spreadOf(
        samples.map(({ otherCpuSeconds, records }) => ((otherCpuSeconds[name] ?? 0) / records) * 1e6),
      ).median;
      return `${name} ${median.toFixed(0)}`;
    })
    .join(', ');
}
