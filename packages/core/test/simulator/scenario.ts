import { type DataRecord, type PlanOptions, plainDocument, type RunSettings, type WriteMode } from '../../src/index.js';
import { type Flaw, flawOf } from './native-record.js';
import { createSeededChoice, type SeededChoice } from './seeded-choice.js';

/** What a seed stands for: the data, the settings, and what goes wrong. */
export interface Scenario {
  readonly seed: number;
  readonly entities: readonly ScenarioEntity[];
  readonly plan: PlanOptions;
  readonly settings: Partial<RunSettings>;
  readonly shape: 'document' | 'table';
  readonly limits: { readonly batchRecords: number; readonly batchBytes: number; readonly concurrentWrites: number };
  readonly faults: Faults;
  /** Each process up to so many may be killed, stopped or meet an outage or a full disk; the ones after them live in peace. */
  readonly troubledProcesses: number;
  /** Estimate of how many steps a process takes from start to end. */
  readonly steps: number;
  /** The target says which records it already held. */
  readonly tellsUnchanged: boolean;
  /** Calls into the target end at once when they are told to; else they go on for as long as they take. */
  readonly heedsSignals: boolean;
  /** Writes that nobody waits for any more may still arrive later. */
  readonly lateWrites: boolean;
  /** Every process cuts the entities at other places. */
  readonly movingPartitions: boolean;
  /** The store keeps how entities were cut. */
  readonly remembersPartitions: boolean;
  /** The disk may lose checkpoints that it had made durable. */
  readonly losesCheckpoints: boolean;
  /** What the migration must come to: two records may want one key in the target, or too many may be dead. */
  readonly ending: 'finished' | 'DM_KEY_COLLISION' | 'DM_TOO_MANY_DEAD_LETTERS';
}

interface ScenarioEntity {
  readonly name: string;
  /** All records in the order of reading. */
  readonly records: readonly DataRecord[];
  /** Records that the target holds before the migration. */
  readonly there: readonly DataRecord[];
}

/** How likely each fault is, for each call. */
export interface Faults {
  /** Of calls that planning makes, which tries nothing twice. */
  readonly planningFails: number;
  readonly readFails: number;
  readonly writeFails: number;
  readonly writeFailsInPart: number;
  readonly slowAnswer: number;
  readonly shortBatch: number;
  /** For each process. */
  readonly killed: number;
  readonly stopped: number;
  readonly abandoned: number;
  readonly outage: number;
  readonly diskFull: number;
}

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const choice = createSeededChoice(seed);
  const writeMode: WriteMode = choice.chance(0.8) ? 'replace' : 'skip';
  const chosenKey = choice.chance(0.25);
  const collision = chosenKey && choice.chance(0.3);
  const repeats = !chosenKey && writeMode === 'replace' && choice.chance(0.15);
  const shape = choice.chance(0.75) ? 'document' : 'table';
  const traits = { chosenKey, repeats, there: shape === 'document' && !chosenKey };
  const partitions = repeats ? 1 : choice.integer(1, 4);
  const batchRecords = choice.integer(5, choice.oneOf([10, 40]));
  const entities = Array.from({ length: choice.chance(0.2) ? 2 : 1 }, (_, index) =>
    entityOf(choice, `things${index}`, { ...traits, collision: collision && index === 0 }),
  );
  const records = entities.reduce((sum, entity) => sum + entity.records.length, 0);
  const dead = entities.reduce((sum, entity) => sum + entity.records.filter((record) => flawOf(record)).length, 0);
  const limit = !collision && dead > 0 && choice.chance(0.1) ? choice.integer(0, dead - 1) : undefined;
  const interval = choice.integer(5, choice.oneOf([20, 100]));
  const limits = {
    batchRecords: choice.integer(3, 40),
    batchBytes: choice.chance(0.3) ? choice.integer(100, 1000) : 1 << 20,
    concurrentWrites: choice.integer(1, 5),
  };
  const isCalm = choice.chance(0.1);
  const likely = (highest: number): number => (isCalm || choice.chance(0.3) ? 0 : highest * choice.next());
  return {
    seed,
    entities,
    plan: {
      partitions,
      writeMode,
      // A field that a table's columns do not know would be text in the overflow, and its flaw unseen.
      sampleSize: shape === 'table' ? 1000 : choice.oneOf([20, 1000]),
      ...(chosenKey && { mapping: { primaryKey: 'code' } }),
    },
    settings: {
      bytesInFlight: batchRecords * 100 * choice.integer(1, choice.oneOf([2, 12])),
      concurrency: choice.integer(1, 4),
      batchRecords,
      deadline: 500,
      outage: 20_000,
      checkpointInterval: { records: interval, milliseconds: choice.oneOf([30, 300, 3000]) },
      ...(limit !== undefined && { deadLetterLimit: { records: limit, ratio: 0 } }),
      ...(choice.chance(0.15) && { maximumRate: choice.integer(200, 5000) }),
    },
    shape,
    limits,
    faults: {
      planningFails: likely(0.1),
      readFails: likely(0.3),
      writeFails: likely(0.3),
      writeFailsInPart: likely(0.3),
      slowAnswer: likely(0.1),
      shortBatch: likely(0.5),
      killed: isCalm ? 0 : 0.8,
      stopped: likely(0.15),
      abandoned: likely(0.15),
      outage: likely(0.15),
      diskFull: likely(0.15),
    },
    troubledProcesses: choice.integer(1, 5),
    steps: 20 + (4 * records) / Math.min(batchRecords, limits.batchRecords) + (4 * records) / interval,
    tellsUnchanged: choice.chance(0.5),
    heedsSignals: choice.chance(0.5),
    lateWrites: !repeats,
    movingPartitions: !repeats && choice.chance(0.1),
    remembersPartitions: choice.chance(0.7),
    losesCheckpoints: choice.chance(0.15),
    ending: collision ? 'DM_KEY_COLLISION' : limit === undefined ? 'finished' : 'DM_TOO_MANY_DEAD_LETTERS',
  };
}

interface EntityTraits {
  readonly chosenKey: boolean;
  readonly collision: boolean;
  readonly repeats: boolean;
  readonly there: boolean;
}

function entityOf(choice: SeededChoice, name: string, traits: EntityTraits): ScenarioEntity {
  const count = !traits.chosenKey && choice.chance(0.03) ? 0 : choice.integer(25, 200);
  const flawed = choice.chance(0.5) ? choice.next() * 0.1 : 0;
  const flaws: readonly Flaw[] = traits.chosenKey
    ? ['decode', 'map', 'encode', 'write']
    : ['decode', 'encode', 'write'];
  const textKeys = choice.chance(0.5);
  const records = Array.from({ length: count }, (_, index): DataRecord => {
    const flaw = choice.chance(flawed) ? choice.oneOf(flaws) : undefined;
    return {
      key: [textKeys ? `k${String(index).padStart(4, '0')}` : index],
      fields: {
        ...(flaw !== 'map' && traits.chosenKey && { code: `c${(index * 7919) % 100_003}` }),
        name: `n${choice.integer(0, 1_000_000)}`,
        half: index / 2,
        ...(flaw !== undefined && flaw !== 'map' && { flaw }),
      },
    };
  });
  if (traits.collision) collide(choice, records);
  if (traits.repeats) repeat(choice, records);
  const there = records
    .filter((record) => traits.there && !('flaw' in record.fields) && choice.chance(0.05))
    .map((record) => ({ key: record.key, fields: { name: 'there before' } }));
  return { name, records, there };
}

/** Gives two records the same field that is their key in the target. */
function collide(choice: SeededChoice, records: DataRecord[]): void {
  for (const index of choice.shuffled([...records.keys()]).slice(0, 2)) {
    const record = records[index] as DataRecord;
    records[index] = { key: record.key, fields: { code: 'shared', name: `n${index}`, half: index / 2 } };
  }
}

/** Hands out some records once more, changed, as a store does that moves under its reader. */
function repeat(choice: SeededChoice, records: DataRecord[]): void {
  for (let times = choice.integer(1, 6); times > 0 && records.length > 0; times -= 1) {
    const first = choice.integer(0, records.length - 1);
    const record = records[first] as DataRecord;
    if ('flaw' in record.fields) continue;
    const later = Math.min(records.length, first + choice.integer(1, 30));
    records.splice(later, 0, { key: record.key, fields: { ...plainDocument(record.fields), name: `again${times}` } });
  }
}
