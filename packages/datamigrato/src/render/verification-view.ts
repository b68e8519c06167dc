import type {
  DifferenceTally,
  EntityVerification,
  FieldDifference,
  RecordDifference,
  VerificationReport,
} from '@datamigrato/core';
import type { VerificationResult } from '../job/verify-job.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { countText, durationText, recordsText } from './quantity.js';
import { type Column, renderTable } from './table.js';

/** How a comparison is shown. */
export interface VerificationView {
  readonly palette: Palette;
  /** Differing records shown at most. */
  readonly listed: number;
  /** Whether keys are shown, which are contents of records. */
  readonly showKeys: boolean;
}

/** Differing records that are shown where nothing is said. */
export const listedByDefault = 20;

/** Fields of one differing record shown at most. */
const fieldsShown = 8;

/** What a comparison found: a table, the verdict, differences by path and kind, and what it covers. */
export function renderVerification(result: VerificationResult, view: VerificationView): string {
  const next =
    result.verdict === 'different' && result.runId !== null
      ? [`next: datamigrato repair ${result.runId} --dry-run`]
      : result.verdict === 'inconclusive' && result.runId !== null
        ? [`next: datamigrato verify ${result.runId}`]
        : [];
  return [
    verificationText(result, view),
    ...runLines(result, view.palette),
    ...(result.reportFile === null ? [] : [`report: ${result.reportFile}`]),
    ...next,
  ].join('\n');
}

function runLines({ runState, deadLetters, verdict }: VerificationResult, palette: Palette): readonly string[] {
  const lines: string[] = [];
  if (runState !== null && runState !== 'finished')
    lines.push(palette.warning(`! the run is ${runState}: what it has not moved yet is missing`));
  if (deadLetters > 0 && verdict === 'different')
    lines.push(
      deadLetters === 1
        ? 'the run has one dead letter: if the target refused it, it is missing'
        : `the run has ${countText(deadLetters)} dead letters: those that the target refused are missing`,
    );
  return lines;
}

/** The report of a comparison without what belongs to the run. */
export function verificationText(report: VerificationReport, view: VerificationView): string {
  const differences = report.entities.flatMap((entity) =>
    entity.differences.map((difference) => ({ entity, difference })),
  );
  const shown = differences.slice(0, view.listed);
  return [
    renderTable(columnsOf(report), report.entities.map(rowOf(report))),
    '',
    verdictLine(report, view.palette),
    ...report.entities.flatMap((entity) => remarks(entity, report, view.palette)),
    ...shown.flatMap(({ entity, difference }) =>
      differenceLines(difference, report.entities.length > 1 ? `${printable(entity.target)} ` : '', view),
    ),
    ...moreLine(report, shown.length),
    `compared: ${report.covers}`,
    `took ${durationText(Date.parse(report.finishedAt) - Date.parse(report.startedAt))}${report.resumed ? ' since it was begun, before an interruption' : ''}`,
  ].join('\n');
}

/** A comparison as it may be shown: keys of differing records only where they were asked for. */
export type ShownVerification<Report extends VerificationReport = VerificationReport> = Omit<Report, 'entities'> & {
  readonly entities: readonly ShownEntity[];
};

type ShownEntity = Omit<EntityVerification, 'differences'> & {
  readonly differences: readonly (Omit<RecordDifference, 'key'> & { readonly key?: string })[];
};

/** The report as one JSON document, with as many differences as are shown and keys only where they may be. */
export function verificationDocument<Report extends VerificationReport>(
  report: Report,
  view: Pick<VerificationView, 'listed' | 'showKeys'>,
): ShownVerification<Report> {
  let left = view.listed;
  const entities = report.entities.map((entity): ShownEntity => {
    const differences = entity.differences.slice(0, left);
    left -= differences.length;
    return { ...entity, differences: differences.map(({ key, ...rest }) => (view.showKeys ? { ...rest, key } : rest)) };
  });
  return { ...report, entities };
}

function columnsOf({ level }: VerificationReport): readonly Column[] {
  const counts: readonly Column[] = [
    { title: 'entity', maximumWidth: 40 },
    { title: 'expected', align: 'right' },
    { title: 'actual', align: 'right' },
  ];
  if (level === 'counts') return counts;
  const compared: Column = { title: 'compared', align: 'right' };
  if (level === 'digests') return [...counts, compared, { title: 'buckets that differ', align: 'right' }];
  return [
    ...counts,
    compared,
    ...['missing', 'extra', 'changed', 'duplicated'].map((title): Column => ({ title, align: 'right' })),
  ];
}

function rowOf({ level }: VerificationReport): (entity: EntityVerification) => readonly string[] {
  return (entity) => {
    const { source, target, expected, actual, compared, tally, differingBuckets } = entity;
    const name = source === target ? source : `${source} → ${target}`;
    const counts = [name, countText(expected), countText(actual)];
    if (level === 'counts') return counts;
    if (level === 'digests') return [...counts, countText(compared), numberText(differingBuckets)];
    const { missing, extra, changed, duplicated } = tally ?? {};
    return [...counts, countText(compared), ...[missing, extra, changed, duplicated].map(numberText)];
  };
}

function numberText(count: number | null | undefined): string {
  return count === null || count === undefined ? '?' : countText(count);
}

function verdictLine({ verdict, entities, level }: VerificationReport, palette: Palette): string {
  const differing = totalDiffering(entities);
  switch (verdict) {
    case 'equal':
      return palette.good(
        level === 'counts'
          ? '✔ as many records on both sides'
          : level === 'sample'
            ? '✔ the sample is equal'
            : '✔ equal',
      );
    case 'different':
      return palette.bad(`✖ different${differing > 0 ? `: ${recordsText(differing)}` : ''}`);
    case 'inconclusive':
      return palette.warning('! inconclusive: nothing is claimed');
  }
}

/** Records that differ, however they do. */
export function totalOf({ missing, extra, changed, duplicated }: DifferenceTally): number {
  return missing + extra + changed + duplicated;
}

function totalDiffering(entities: readonly EntityVerification[]): number {
  return entities.reduce((sum, { tally }) => {
    return sum + (tally === null ? 0 : totalOf(tally));
  }, 0);
}

function remarks(entity: EntityVerification, { level }: VerificationReport, palette: Palette): readonly string[] {
  const { target, reason, unmappable, settled, differedFor, sample } = entity;
  const lines: string[] = [];
  if (reason !== undefined) lines.push(palette.warning(`  ${printable(target)}: ${printable(reason)}`));
  if (unmappable > 0 && level !== 'counts')
    lines.push(
      palette.warning(
        `  ${printable(target)}: ${recordsText(unmappable)} of the source cannot be mapped, and so have no place in the target`,
      ),
    );
  if (settled > 0)
    lines.push(`  ${printable(target)}: ${recordsText(settled)} differed first and agreed when read again`);
  if (differedFor >= 1000)
    lines.push(`  ${printable(target)}: what is listed has differed for ${durationText(differedFor)}`);
  if (sample !== null && sample.differingShareBelow !== null)
    lines.push(
      `  ${printable(target)}: with ${percentText(sample.confidence)} confidence, fewer than ${percentText(sample.differingShareBelow)} of all records differ`,
    );
  return lines;
}

/** A share of one in percent, with two digits that say something. */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function differenceLines(
  { difference, keyHash, key, fields }: RecordDifference,
  entity: string,
  { palette, showKeys }: VerificationView,
): readonly string[] {
  const name = showKeys ? printable(key) : `#${keyHash}`;
  const head = `  ${entity}${palette.heading(difference)} ${name}`;
  if (fields === null) return [`${head}: too large to be compared field by field`];
  if (fields.length === 0) return [head];
  const more = fields.length > fieldsShown ? `; ${fields.length - fieldsShown} more fields` : '';
  return [`${head}: ${fields.slice(0, fieldsShown).map(fieldText).join('; ')}${more}`];
}

/** How one field differs, in paths and kinds: `born: int32 became int64`. */
export function fieldText({ path, difference, expectedKind, actualKind }: FieldDifference): string {
  const name = path.length === 0 ? 'the record' : printable(path.join('.'));
  switch (difference) {
    case 'missing':
      return `${name}: missing (${expectedKind})`;
    case 'extra':
      return `${name}: extra (${actualKind})`;
    case 'kind':
      return `${name}: ${expectedKind} became ${actualKind}`;
    case 'order':
      return `${name}: in another order (${expectedKind})`;
    case 'value':
      return `${name}: another value (${expectedKind})`;
  }
}

function moreLine({ entities, level, verdict }: VerificationReport, shown: number): readonly string[] {
  const differing = totalDiffering(entities);
  if (verdict === 'different' && level === 'digests') return ['  --level records tells which records differ'];
  return differing > shown && shown > 0 ? [`  and ${countText(differing - shown)} more (--listed shows more)`] : [];
}
