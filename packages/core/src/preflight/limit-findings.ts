import type { Stage } from '../checkpoint/dead-letter.js';
import type { Manifest } from '../connector/manifest.js';
import { type LimitName, limitNames } from '../mapping/limit-choices.js';
import type { Rejection } from '../pipeline/rejection.js';
import type { DataRecord } from '../record/data-record.js';
import { valueToText } from '../value/text.js';
import type { LimitFinding, LimitOffender } from './limit-report.js';
import { depthOf, largestField, largestKeyPart, recordSize } from './record-sizes.js';

/** Characters of a key that a report keeps. */
const keyCharacters = 120;

/** Collects what is beyond the limits of one target, in memory that depends on the number of codes alone. */
export interface LimitFindings {
  /** Records that a step of the pipeline rejected. */
  rejected(rejections: readonly Rejection[]): void;
  /** One encoded record. Says whether it is beyond a limit that no code of the target's connector tells. */
  encoded(source: DataRecord, target: DataRecord, nativeBytes: number): boolean;
  finish(): readonly LimitFinding[];
}

/** A collection for a target, which names so many records for each reason. */
export function createLimitFindings(manifest: Manifest, listed: number): LimitFindings {
  return new CollectedFindings(manifest, listed);
}

type OpenFinding = { -readonly [Name in keyof LimitFinding]: LimitFinding[Name] } & { offenders: LimitOffender[] };

/** What one record is beyond. */
interface Excess {
  readonly limit: LimitName;
  readonly code: string | null;
  readonly stage: Stage;
  readonly allowed: number | null;
  readonly size: number | null;
  readonly message: string;
}

type Measure = (target: DataRecord, nativeBytes: number) => number;

const measures: Readonly<Record<'recordBytes' | 'fieldBytes' | 'keyBytes' | 'depth', Measure>> = {
  recordBytes: (_, nativeBytes) => nativeBytes,
  fieldBytes: largestField,
  keyBytes: largestKeyPart,
  depth: depthOf,
};

class CollectedFindings implements LimitFindings {
  readonly #manifest: Manifest;
  readonly #listed: number;
  readonly #limitOf = new Map<string, LimitName>();
  /** Limits that the encoder does not tell of. */
  readonly #measured: readonly { readonly limit: LimitName; readonly allowed: number; readonly measure: Measure }[];
  readonly #findings = new Map<string, OpenFinding>();

  constructor(manifest: Manifest, listed: number) {
    this.#manifest = manifest;
    this.#listed = listed;
    const refusals = manifest.refusals ?? {};
    for (const limit of limitNames) {
      const codes = limit === 'other' ? undefined : refusals[limit];
      for (const code of codes ?? []) this.#limitOf.set(code, limit);
    }
    this.#measured = (['recordBytes', 'fieldBytes', 'keyBytes', 'depth'] as const).flatMap((limit) => {
      const allowed = manifest.limits[limit];
      if (allowed === null || refusals[limit] !== undefined) return [];
      return [{ limit, allowed, measure: measures[limit] }];
    });
  }

  rejected(rejections: readonly Rejection[]): void {
    for (const { stage, error, record, identity } of rejections) {
      // Only the encoder speaks for the target: the source's connector may be of the same kind.
      const limit = (stage === 'encode' ? this.#limitOf.get(error.code) : undefined) ?? 'other';
      const { code, message } = error;
      const known = limit === 'other' ? {} : error.context;
      const allowed = numberIn(known['limit']) ?? this.#allowedBy(limit);
      const size = numberIn(known['size']) ?? (record === undefined ? null : sizeFor(limit, record));
      this.#add({ limit, code, stage, message, allowed, size }, keyOf(record, identity));
    }
  }

  encoded(source: DataRecord, target: DataRecord, nativeBytes: number): boolean {
    let isBeyond = false;
    for (const { limit, allowed, measure } of this.#measured) {
      const size = measure(target, nativeBytes);
      if (size <= allowed) continue;
      isBeyond = true;
      const message = `A record is beyond the limit ${limit} of the target, roughly measured`;
      this.#add({ limit, code: null, stage: 'write', message, allowed, size }, keyOf(source, undefined));
    }
    return isBeyond;
  }

  finish(): readonly LimitFinding[] {
    return [...this.#findings.values()].sort(
      (left, right) =>
        limitNames.indexOf(left.limit) - limitNames.indexOf(right.limit) ||
        ((left.code ?? '') < (right.code ?? '') ? -1 : 1),
    );
  }

  #allowedBy(limit: LimitName): number | null {
    return limit === 'valueRange' || limit === 'other' ? null : this.#manifest.limits[limit];
  }

  #add({ size, ...reason }: Excess, key: () => string): void {
    const id = JSON.stringify([reason.limit, reason.code, reason.stage]);
    let finding = this.#findings.get(id);
    if (finding === undefined) {
      finding = { ...reason, records: 0, largest: null, offenders: [] };
      this.#findings.set(id, finding);
    }
    finding.records += 1;
    if (size !== null) finding.largest = Math.max(finding.largest ?? 0, size);
    if (finding.offenders.length < this.#listed) finding.offenders.push({ key: key(), size });
  }
}

/** The size of a source's record by which it is beyond a limit, where its connector did not count. */
function sizeFor(limit: LimitName, record: DataRecord): number | null {
  switch (limit) {
    case 'recordBytes':
      return recordSize(record);
    case 'fieldBytes':
      return largestField(record);
    case 'keyBytes':
      return largestKeyPart(record);
    case 'depth':
      return depthOf(record);
    default:
      return null;
  }
}

function numberIn(value: string | number | boolean | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function keyOf(record: DataRecord | undefined, identity: string | undefined): () => string {
  return () => {
    const text = record === undefined ? (identity ?? '') : valueToText(record.key);
    return text.length <= keyCharacters ? text : `${text.slice(0, keyCharacters - 1).toWellFormed()}…`;
  };
}
