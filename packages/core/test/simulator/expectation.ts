import {
  addLedgers,
  type Checkpoint,
  createRecordDigest,
  type DataRecord,
  type DeadLetter,
  emptyLedger,
  type Ledger,
  type MigrationPlan,
  type MigrationReport,
  type RecordHash,
} from '../../src/index.js';
import { compileMapping } from '../../src/mapping/compile-mapping.js';
import { bytesPerRecord, type Flaw, flawOf, type NativeRecord, nativeRecord } from './native-record.js';
import type { Scenario } from './scenario.js';
import { targetManifestOf } from './simulated-endpoint.js';
import { entriesOf, files } from './simulated-journal.js';
import type { SimulatedWorld } from './simulated-world.js';

/** What must become of one record. */
type Fate =
  | { readonly dead: Flaw; readonly letter: string }
  | { readonly dead: undefined; readonly native: NativeRecord; readonly hash: RecordHash };

/** What a migration must come to, worked out from the scenario without running it. */
export class Expectation {
  readonly #world: SimulatedWorld;
  readonly #digestKey: Uint8Array;
  /** By entity, in the order of reading. */
  readonly #fates = new Map<string, readonly Fate[]>();
  /** What the target may hold under each key once it holds it, by entity: the texts in the order of reading. */
  readonly #texts = new Map<string, Map<string, string[]>>();
  /** Letters known to be durable; the file they are in only grows. */
  readonly #letters = new Map<string, number>();
  #lettersLength = 0;

  constructor(world: SimulatedWorld, plan: MigrationPlan, digestKey: Uint8Array) {
    this.#world = world;
    this.#digestKey = digestKey;
    const digest = createRecordDigest(digestKey);
    for (const entity of world.scenario.entities) {
      const planned = plan.entities.find((one) => one.source === entity.name);
      if (planned === undefined) throw new Error(`the plan leaves ${entity.name} out`);
      const mapper = compileMapping(planned.mapping, targetManifestOf(world.scenario));
      const texts = new Map(entity.there.map((record) => [nativeRecord(record).key, [nativeRecord(record).text]]));
      const fates = entity.records.map((record): Fate => {
        const flaw = flawIn(world.scenario, record);
        if (flaw !== undefined) return { dead: flaw, letter: letterText(entity.name, flaw, nativeRecord(record)) };
        const mapped = mapper(record);
        const native = nativeRecord(mapped);
        texts.set(native.key, [...(texts.get(native.key) ?? []), native.text]);
        return { dead: undefined, native, hash: digest.hash(mapped) };
      });
      this.#fates.set(entity.name, fates);
      this.#texts.set(entity.name, texts);
    }
  }

  /** A checkpoint that is about to be saved: everything it covers has found its place for good, and its sums are right. */
  checkCheckpoint(checkpoint: Checkpoint): void {
    const place = `the checkpoint of ${checkpoint.source} ${checkpoint.partition.id}`;
    const [start, end] = checkpoint.partition.range as [number, number];
    const upTo = checkpoint.position === null ? start : (checkpoint.position as { readonly read: number }).read;
    if (checkpoint.finished && upTo !== end) this.#blame(`${place} is finished at ${upTo} of ${end}`);
    this.readLetters();
    const fates = (this.#fates.get(checkpoint.source) ?? []).slice(start, upTo);
    for (const [index, fate] of fates.entries()) {
      if (fate.dead === undefined) {
        if (!this.#isThere(checkpoint.target, fate.native))
          this.#blame(`${place} covers record ${start + index}, which the target does not hold`);
      } else if (!this.#letters.has(fate.letter))
        this.#blame(`${place} covers dead record ${start + index}, whose letter is not durable`);
    }
    this.#checkSums(place, fates, checkpoint.ledger, checkpoint.digest);
    if (checkpoint.bytes !== fates.length * bytesPerRecord) this.#blame(`${place} counts ${checkpoint.bytes} bytes`);
  }

  /** The end: both sides hold the same, and the report says so. */
  checkEnd(report: MigrationReport, processes: number): void {
    let ledger: Ledger = emptyLedger;
    for (const entity of report.entities) {
      const fates = this.#fates.get(entity.source) ?? [];
      this.#checkSums(`the report of ${entity.source}`, fates, entity.ledger, entity.digest);
      if (!entity.finished) this.#blame(`${entity.source} is not finished`);
      ledger = addLedgers(ledger, entity.ledger);
    }
    if (report.entities.length !== this.#fates.size) this.#blame(`${report.entities.length} entities are reported`);
    if (JSON.stringify(ledger) !== JSON.stringify(report.ledger)) this.#blame('the ledgers do not add up');
    if (report.status !== (ledger.dead > 0 ? 'finished-with-dead-letters' : 'finished'))
      this.#blame(`the status is ${report.status}`);
    this.checkTarget();
    this.#checkLetters(processes);
  }

  /** The target holds what it must and nothing else. */
  checkTarget(): void {
    const isSkipping = this.#world.scenario.plan.writeMode === 'skip';
    for (const [entity, texts] of this.#texts) {
      const records = this.#world.store.records(entity);
      for (const [key, versions] of texts) {
        const wanted = isSkipping ? versions[0] : versions.at(-1);
        const found = records.get(key);
        if (found === undefined) this.#blame(`lost: ${entity} ${key}`);
        else if (found.text !== wanted) this.#blame(`wrong: ${entity} ${key}`);
      }
      for (const key of records.keys()) if (!texts.has(key)) this.#blame(`too many: ${entity} ${key}`);
    }
  }

  /** The end of a migration that too many dead letters have ended: why can be looked up. */
  checkTooMany(limit: number): void {
    this.readLetters();
    if (this.#letters.size <= limit)
      this.#blame(`only ${this.#letters.size} letters tell why more than ${limit} are dead`);
  }

  /** Learns which letters have become durable. */
  readLetters(): void {
    const text = this.#world.disk.durable(files.letters);
    if (text.length === this.#lettersLength) return;
    const { entries, length } = entriesOf<DeadLetter>(text.slice(this.#lettersLength));
    this.#lettersLength += length;
    for (const letter of entries) {
      const known = textOf(letter);
      this.#letters.set(known, (this.#letters.get(known) ?? 0) + 1);
    }
  }

  /** Begins anew with the letters that the disk has: it may have lost some on purpose. */
  forgetLetters(): void {
    this.#letters.clear();
    this.#lettersLength = 0;
  }

  #isThere(entity: string, native: NativeRecord): boolean {
    const found = this.#world.store.entities.get(entity)?.get(native.key);
    if (found === undefined) return false;
    if (found.text === native.text || this.#world.scenario.plan.writeMode === 'skip') return true;
    const versions = this.#texts.get(entity)?.get(native.key) ?? [];
    return versions.indexOf(found.text) > versions.indexOf(native.text);
  }

  #checkSums(
    place: string,
    fates: readonly Fate[],
    ledger: Ledger,
    found: { readonly sum: string; readonly count: number },
  ): void {
    const digest = createRecordDigest(this.#digestKey);
    let dead = 0;
    for (const fate of fates) {
      if (fate.dead === undefined) digest.addHash(fate.hash);
      else dead += 1;
    }
    const isExact =
      ledger.read === fates.length &&
      ledger.dead === dead &&
      ledger.filtered === 0 &&
      ledger.unchanged >= 0 &&
      ledger.written >= 0 &&
      ledger.read === ledger.written + ledger.unchanged + ledger.dead + ledger.filtered;
    if (!isExact) this.#blame(`${place} counts ${JSON.stringify(ledger)} of ${fates.length} records, ${dead} dead`);
    const wanted = digest.value();
    if (found.sum !== wanted.sum || found.count !== wanted.count) this.#blame(`${place} has another digest`);
  }

  #checkLetters(processes: number): void {
    this.readLetters();
    const wanted = new Set<string>();
    for (const fates of this.#fates.values())
      for (const fate of fates) if (fate.dead !== undefined) wanted.add(fate.letter);
    for (const letter of wanted) if (!this.#letters.has(letter)) this.#blame(`no dead letter: ${letter}`);
    for (const [letter, times] of this.#letters) {
      if (!wanted.has(letter)) this.#blame(`a letter that nobody wrote: ${letter}`);
      if (times > processes) this.#blame(`${times} times in ${processes} processes: ${letter}`);
    }
  }

  #blame(fault: string): void {
    this.#world.blame(fault);
  }
}

function flawIn(scenario: Scenario, record: DataRecord): Flaw | undefined {
  const flaw = flawOf(record);
  if (flaw === 'decode' || flaw === 'encode' || flaw === 'write') return flaw;
  return scenario.plan.mapping?.primaryKey !== undefined && !('code' in record.fields) ? 'map' : undefined;
}

function letterText(entity: string, stage: Flaw, source: NativeRecord): string {
  const code = stage === 'map' ? 'DM_KEY_FIELD_MISSING' : `DM_TEST_${stage.toUpperCase()}`;
  return `${entity} ${stage} ${code} ${source.key} ${stage === 'decode' ? 'undecoded' : source.text}`;
}

function textOf(letter: DeadLetter): string {
  const { source, stage, code, record, identity } = letter;
  return `${source} ${stage} ${code} ${record?.key ?? identity} ${record?.fields ?? 'undecoded'}`;
}
