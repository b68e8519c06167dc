import { describe, expect, it } from 'vitest';
import { earlyAnswers, earlyLetters, generatedKeys, silentFailures } from './broken-endpoints.js';
import { type Breakage, brokenPipeline } from './broken-pipeline.js';
import type { Faults, Scenario } from './scenario.js';
import { type Sabotage, type Simulation, type SimulationOptions, simulate } from './simulate.js';

/** Seeds within which every mistake is noticed. */
const mostSeeds = 400;

/** The first seed that notices. */
async function noticed(options: SimulationOptions): Promise<Simulation> {
  for (let seed = 0; seed < mostSeeds; seed += 1) {
    const simulation = await simulate(seed, options);
    if (simulation.faults.length > 0) return simulation;
  }
  throw new Error(`${mostSeeds} seeds notice nothing`);
}

const noFaults: Faults = {
  planningFails: 0,
  readFails: 0,
  writeFails: 0,
  writeFailsInPart: 0,
  slowAnswer: 0,
  shortBatch: 0,
  killed: 0,
  stopped: 0,
  abandoned: 0,
  outage: 0,
  diskFull: 0,
};

/** Nothing goes wrong but that processes are killed and what they knew is lost with them. */
const lostState = (scenario: Scenario): Scenario => ({
  ...scenario,
  losesCheckpoints: true,
  faults: { ...noFaults, killed: 1 },
});

/** Nothing goes wrong but that processes are killed: few seeds have keys that meet, and these must meet across a kill. */
const onlyKilled = (scenario: Scenario): Scenario => ({ ...scenario, faults: { ...noFaults, killed: 1 } });

/** Nobody dies, but calls fail. */
const failingCalls = (scenario: Scenario): Scenario => ({ ...scenario, faults: { ...scenario.faults, killed: 0 } });

interface Case {
  readonly name: string;
  readonly pipeline?: Breakage;
  readonly sabotage?: Sabotage;
  readonly adjust?: (scenario: Scenario) => Scenario;
  /** What is said first. */
  readonly fault: RegExp;
}

const cases: readonly Case[] = [
  {
    name: 'A-10 a checkpoint that covers what was read, not what was written',
    pipeline: {
      file: 'acknowledgements.ts',
      from: 'this.#batches[count]?.pending === 0',
      to: 'this.#batches[count] !== undefined',
    },
    fault: /DM_LEDGER_UNBALANCED/,
  },
  {
    name: 'A-10 a checkpoint at the position that was read last',
    pipeline: {
      file: 'run-partition.ts',
      from: '      ...acknowledgements.finished,\n',
      to: '      ...acknowledgements.finished, position: (acknowledgements.open.at(-1) ?? acknowledgements.finished).position,\n',
    },
    fault: /covers/,
  },
  {
    name: 'A-11 counts that begin anew with every process',
    pipeline: {
      file: 'run-partition.ts',
      from: 'ledger: from.ledger, bytes: from.bytes }',
      to: 'ledger: emptyLedger, bytes: 0 }',
    },
    fault: /counts/,
  },
  {
    name: 'A-11 a target in which a write that is repeated after lost state leaves a second record',
    sabotage: { target: generatedKeys },
    adjust: lostState,
    fault: /too many/,
  },
  {
    name: 'A-12 a checkpoint that is saved before its dead letters',
    pipeline: {
      file: 'save-checkpoint.ts',
      from: 'if (covered.length > 0) await deadLetters.append(covered);',
      to: 'if (covered.length > 0 && checkpoint !== undefined) { await checkpoints.save(checkpoint); await deadLetters.append(covered); }',
    },
    fault: /whose letter is not durable/,
  },
  {
    name: 'A-12 dead letters that count as kept before they are durable',
    sabotage: { letters: earlyLetters },
    fault: /whose letter is not durable|writes to the disk are under way/,
  },
  {
    name: 'A-12 dead letters that nobody writes',
    pipeline: {
      file: 'run-partition.ts',
      from: 'saver.progressed(checkpoint(false), read, lettersOf(batches));',
      to: 'saver.progressed(checkpoint(false), read, []);',
    },
    fault: /whose letter is not durable/,
  },
  {
    name: 'A-13 a partition that ends before its last writes are answered',
    pipeline: { file: 'run-partition.ts', from: '  await Promise.allSettled(underWay);\n', to: '' },
    fault: /is finished at|is over while/,
  },
  {
    name: 'A-13 a target that answers before anything has arrived',
    sabotage: { target: earlyAnswers },
    fault: /covers|writes are under way/,
  },
  {
    name: 'A-14 a pipeline that takes an answer for a yes',
    pipeline: { file: 'write-batch.ts', from: 'of result.failures)', to: 'of result.failures.slice(0, 0))' },
    fault: /covers/,
  },
  {
    name: 'A-14 a pipeline that writes again the wrong part of a batch',
    pipeline: {
      file: 'write-batch.ts',
      from: 'remaining = remaining.filter((index) => again.has(index) && !rejected.has(index));',
      to: 'remaining = [...again];',
    },
    fault: /covers/,
  },
  {
    name: 'A-14 a target that keeps failures of single records to itself',
    sabotage: { target: silentFailures },
    fault: /covers/,
  },
  {
    name: 'A-18 a target that makes up a key for every write, repeated ones too',
    sabotage: { target: generatedKeys },
    adjust: failingCalls,
    fault: /too many|covers/,
  },
  {
    name: 'A-23 a checkpoint at the furthest position that is finished',
    pipeline: {
      file: 'acknowledgements.ts',
      from: 'const batches = this.#batches.splice(0, count);',
      to: 'const batches = this.#batches.filter((one) => one.pending === 0); for (const one of batches) this.#batches.splice(this.#batches.indexOf(one), 1);',
    },
    fault: /covers|is finished at/,
  },
  {
    name: 'A-23 one key twice in one request',
    pipeline: {
      file: 'run-partition.ts',
      from: 'sizeBatches(encoded.sizes, run.targetManifest.limits, keys.repeated)',
      to: 'sizeBatches(encoded.sizes, run.targetManifest.limits)',
    },
    fault: /holds one key twice/,
  },
  {
    name: 'A-23 one key in two requests that are under way',
    pipeline: {
      file: 'run-partition.ts',
      from: 'while (keys.repeated.includes(range.start) && underWay.size > 0)',
      to: 'while (keys.repeated.length < 0)',
    },
    fault: /two writes of one key|covers/,
  },
  {
    name: 'A-24 a run that is taken up again and knows nothing of the keys before it',
    pipeline: { file: 'run-entity.ts', from: 'await proveKeysDistinct(keySearch);', to: '' },
    adjust: onlyKilled,
    fault: /nobody says DM_KEY_COLLISION/,
  },
  {
    name: 'R-02 a run that ends while a checkpoint is being saved',
    pipeline: {
      file: 'run-partition.ts',
      from: 'await Promise.allSettled([saver.flush(lettersOf(acknowledgements.open))]);',
      to: '',
    },
    fault: /writes to the disk are under way|goes on with|letters tell why/,
  },
  {
    name: 'R-02 a run that saves nothing until its end',
    pipeline: {
      file: 'save-checkpoint.ts',
      from: 'latest !== undefined && (records >= interval.records',
      to: 'latest === undefined && (records >= interval.records',
    },
    fault: /would be read again/,
  },
  {
    name: 'R-02 a reading that goes on one batch too far after a failure',
    pipeline: {
      file: 'read-partition.ts',
      from: '          iterator = open(reading, after);\n          return iterator.next();',
      to: '          iterator = open(reading, after); await iterator.next();\n          return iterator.next();',
    },
    fault: /covers|is finished at/,
  },
];

describe('the simulator notices', () => {
  it.each(cases)(
    '$name',
    async ({ pipeline, sabotage, adjust, fault }) => {
      const { seed, faults } = await noticed({
        ...(pipeline && { pipeline: await brokenPipeline(pipeline) }),
        ...(sabotage && { sabotage }),
        ...(adjust && { adjust }),
      });
      expect(faults[0]).toMatch(fault);
      // It was the mistake, not the seed.
      expect((await simulate(seed, adjust && { adjust })).faults).toEqual([]);
    },
    120_000,
  );

  it('A-11 no harm in state that is lost after the data it tells of', async () => {
    let readAgain = 0;
    for (let seed = 0; seed < 100; seed += 1) {
      const simulation = await simulate(seed, { adjust: lostState });
      expect(simulation.faults).toEqual([]);
      readAgain += simulation.readAgain;
    }
    expect(readAgain).toBeGreaterThan(1000);
  }, 120_000);

  it('a change that changes nothing, by not noticing it', async () => {
    const pipeline = await brokenPipeline({
      file: 'write-batch.ts',
      from: 'if (first !== undefined) throw first;',
      to: 'if (first) throw first;',
    });
    for (let seed = 0; seed < 40; seed += 1) {
      const { trace, faults } = await simulate(seed, { pipeline });
      expect(faults).toEqual([]);
      expect(trace).toBe((await simulate(seed)).trace);
    }
  }, 120_000);
});
