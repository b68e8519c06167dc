import { describe, expect, it } from 'vitest';
import { failureText, simulateSeeds } from './run.js';
import { simulate } from './simulate.js';

const one = process.env['SIMULATOR_SEED'];
const count = Number(process.env['SIMULATOR_SEEDS'] ?? 2000);

/** What a program does outside of itself: it must have been killed before and after each. */
const phases = [
  'source list',
  'source schema',
  'source partitions',
  'source read',
  'target look',
  'target create',
  'write',
  'reply',
  ...['partitions', 'letters', 'checkpoints'].flatMap((file) =>
    ['read', 'append', 'sync'].map((act) => `disk ${act} ${file}`),
  ),
];

const everySeed = (): void => {
  it(
    `R-02 loses nothing, doubles nothing and counts exactly, whatever happens at any moment: ${count} seeds`,
    async () => {
      const summary = await simulateSeeds({ from: 0, count });
      expect(summary.failed.map(failureText).join('\n')).toBe('');
      // A simulation in which little happens proves little.
      expect(summary.seeds).toBe(count);
      expect(summary.kills).toBeGreaterThan(count);
      expect(summary.checkpoints).toBeGreaterThan(4 * count);
      expect(summary.readAgain).toBeGreaterThan(10 * count);
      const moments = ['begin', 'end'].flatMap((when) => phases.map((phase) => `${when} ${phase}`));
      expect(Object.keys(summary.killedAt)).toEqual(expect.arrayContaining(moments));
      expect(summary.bounded).toBeGreaterThan(count);
      expect(Object.keys(summary.endings)).toEqual(
        expect.arrayContaining([
          'DM_INTERRUPTED',
          'DM_ENDPOINT_UNAVAILABLE',
          'DM_KEY_COLLISION',
          'DM_TEST_DISK_FULL',
          'DM_TOO_MANY_DEAD_LETTERS',
        ]),
      );
    },
    600_000 + 300 * count,
  );

  it('replays a seed step by step, ten times out of ten', async () => {
    for (const seed of [3, 17, 88, 436, 1369]) {
      const { trace, lines } = await simulate(seed, { keepLines: true });
      expect(lines.length).toBeGreaterThan(20);
      for (let replay = 0; replay < 10; replay += 1) {
        const again = await simulate(seed, { keepLines: true });
        expect(again.lines).toEqual(lines);
        expect(again.trace).toBe(trace);
      }
    }
  }, 120_000);

  it('tells seeds apart', async () => {
    const traces = new Set<string>();
    for (let seed = 0; seed < 30; seed += 1) traces.add((await simulate(seed)).trace);
    expect(traces.size).toBe(30);
  }, 60_000);
};

const oneSeed = (): void => {
  it(`replays seed ${one}`, async () => {
    const simulation = await simulate(Number(one), { keepLines: true });
    console.log(simulation.lines.join('\n'));
    expect(simulation.faults.length === 0 ? '' : failureText(simulation)).toBe('');
  }, 60_000);
};

// Not a skipped test: without a seed there is none to replay.
describe('the pipeline in a simulated world', () => {
  if (one === undefined) everySeed();
  else oneSeed();
});
