import { join } from 'node:path';
import { type MigrationPlan, needsConsent, type RepairReport, type VerificationReport } from '@datamigrato/core';
import type { RecordedRun } from '../job/recorded-run.js';
import { type ShownVerification, verificationDocument } from '../render/verification-view.js';
import { deadLetterEpochs, deadLetterPath } from '../state/dead-letter-file.js';
import { readDeadLetterLines } from '../state/dead-letter-lines.js';
import { hasSchema, parsedJson } from '../state/json-document.js';
import type { RunReport } from '../state/run-report.js';
import { untrusted } from '../state/state-errors.js';
import { diskFileSystem, readWhole } from '../state/state-file-system.js';
import { type Conversion, conversionsOf } from './conversions.js';
import { readTimeline, type TimelineStart } from './timeline.js';

/** Everything that a run has written down and that may be shown to anybody: no keys and no contents of records. */
export interface RunDocument {
  readonly schema: 'datamigrato.run-report/1';
  /** Version of the program that began the run. */
  readonly program: string;
  readonly run: {
    readonly id: string;
    readonly state: RecordedRun['summary']['state'];
    /** How many times it was started. */
    readonly starts: number;
    /** Code of the error that it ended with. */
    readonly code: string | null;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly ledger: RecordedRun['summary']['ledger'];
    readonly partitions: number;
    readonly finishedPartitions: number;
    /** The run whose dead letters it wrote again, or null. */
    readonly retries: string | null;
  };
  readonly plan: Pick<MigrationPlan, 'excluded' | 'id' | 'notices' | 'source' | 'target' | 'writeMode'>;
  readonly entities: readonly EntityDocument[];
  readonly conversions: readonly Conversion[];
  /** By code and stage; null where there are no files of them. */
  readonly deadLetters: readonly DeadLetterGroup[] | null;
  /** The last comparison of both sides, and the last repair, as they were written down. */
  readonly verification: ShownVerification | null;
  readonly repair: Omit<RepairReport, 'verification'> | null;
  readonly timeline: readonly TimelineStart[];
}

/** One entity of a run. */
interface EntityDocument {
  readonly source: string;
  readonly target: string;
  readonly guarantee: string;
  readonly estimate: MigrationPlan['entities'][number]['estimate'];
  readonly statements: readonly string[];
  /** Conversions that somebody had to agree to. */
  readonly losses: number;
  /** What the run did; null unless it is finished. */
  readonly outcome: Pick<
    RunReport['entities'][number],
    'bytes' | 'digest' | 'ledger' | 'milliseconds' | 'partitions'
  > | null;
}

/** Dead letters with one reason. */
interface DeadLetterGroup {
  readonly source: string;
  readonly stage: string;
  readonly code: string;
  readonly count: number;
}

const maximumBytes = 256 * 1024 * 1024;

/** Reads what a run has left in its folder. Throws `DM_STATE_UNTRUSTED` for a file that is not what was written. */
export async function readRunDocument({ summary, plan, record }: RecordedRun): Promise<RunDocument> {
  const { folder, id } = summary;
  const report = await readDocument<RunReport>(folder, 'report.json', 'datamigrato.report/1');
  const verification = await readDocument<VerificationReport>(
    folder,
    'verification.json',
    'datamigrato.verification/1',
  );
  const repair = await readDocument<RepairReport>(folder, 'repair.json', 'datamigrato.repair/1');
  const { id: planName, source, target, writeMode, excluded, notices } = plan;
  return {
    schema: 'datamigrato.run-report/1',
    program: record.program,
    run: {
      id,
      state: summary.state,
      starts: summary.epoch,
      code: summary.code,
      startedAt: summary.startedAt,
      endedAt: summary.endedAt,
      ledger: summary.ledger,
      partitions: summary.partitions,
      finishedPartitions: summary.finishedPartitions,
      retries: record.retries,
    },
    plan: { id: planName, source, target, writeMode, excluded, notices },
    entities: plan.entities.map((entity) => {
      const outcome = report?.entities.find((one) => one.source === entity.source && one.target === entity.target);
      return {
        source: entity.source,
        target: entity.target,
        guarantee: entity.guarantee,
        estimate: entity.estimate,
        statements: entity.statements,
        losses: entity.losses.filter(needsConsent).length,
        outcome: outcome ?? null,
      };
    }),
    conversions: conversionsOf(plan.entities),
    deadLetters: await readDeadLetters(folder),
    verification: verification === undefined ? null : verificationDocument(verification, { listed, showKeys: false }),
    repair: repair === undefined ? null : withoutVerification(repair),
    timeline: (await readTimeline(folder)).starts,
  };
}

/** Differing records that a report names by the hashes of their keys. */
const listed = 100;

function withoutVerification({ schema, plan, dryRun, entities }: RepairReport): Omit<RepairReport, 'verification'> {
  return { schema, plan, dryRun, entities };
}

/** A JSON file of the run with this schema; undefined where there is none, or one with another schema, such as the report of a run that failed. */
async function readDocument<Document extends { readonly schema: string }>(
  folder: string,
  name: string,
  schema: Document['schema'],
): Promise<Document | undefined> {
  const path = join(folder, name);
  const bytes = await readWhole(diskFileSystem, path, maximumBytes);
  if (bytes === undefined) return undefined;
  const parsed = parsedJson(bytes);
  if (parsed === undefined) throw untrusted(path, 'it is not what was written');
  return hasSchema<Document>(parsed, schema) ? parsed : undefined;
}

/** Those of the newest file: each start of a run begins its own with the letters of those before that still count. */
async function readDeadLetters(folder: string): Promise<readonly DeadLetterGroup[] | null> {
  const epoch = Math.max(0, ...deadLetterEpochs(await diskFileSystem.list(folder)));
  if (epoch === 0) return null;
  const groups = new Map<string, DeadLetterGroup>();
  for await (const { letter } of readDeadLetterLines(diskFileSystem, deadLetterPath(folder, epoch))) {
    const { source, stage, code } = letter;
    const key = JSON.stringify([source, stage, code]);
    groups.set(key, { source, stage, code, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((left, right) => right.count - left.count);
}
