import type { EntityRepair } from '@datamigrato/core';
import type { RepairResult } from '../job/repair-job.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { countText, recordsText } from './quantity.js';
import { type Column, renderTable } from './table.js';
import { type VerificationView, verificationDocument, verificationText } from './verification-view.js';

/** How a repair is shown. */
export interface RepairView extends VerificationView {
  /** Whether the repair was allowed to delete. */
  readonly allowDelete: boolean;
}

/** What a repair did, or would do, and what a comparison found afterwards. */
export function renderRepair(result: RepairResult, view: RepairView): string {
  const { entities, dryRun, verification } = result;
  return [
    renderTable(columnsOf(dryRun), entities.map(rowOf)),
    '',
    ...entities.flatMap(({ target, reason }) =>
      reason === undefined ? [] : [view.palette.warning(`! ${printable(target)} was left alone: ${printable(reason)}`)],
    ),
    ...keptLines(result, view),
    ...(dryRun ? dryRunLines(result) : []),
    ...(verification === null
      ? []
      : ['after the repair:', verificationText(verification, view), ...unshownLines(result, view.palette)]),
    ...(result.reportFile === null ? [] : [`report: ${result.reportFile}`]),
  ].join('\n');
}

/** The report as one JSON document, with keys only where they may be shown. */
export function repairDocument(result: RepairResult, view: Pick<VerificationView, 'listed' | 'showKeys'>): object {
  const { verification } = result;
  return { ...result, verification: verification === null ? null : verificationDocument(verification, view) };
}

/** Records that the target has acknowledged and does not show. */
function unshown({ entities, verification }: RepairResult): number {
  const stillDiffering = (verification?.entities ?? []).reduce((sum, { tally }) => {
    return sum + (tally === null ? 0 : tally.missing + tally.changed + tally.duplicated);
  }, 0);
  const refused = entities.reduce((sum, entity) => sum + entity.refused, 0);
  const written = entities.reduce((sum, entity) => sum + entity.written, 0);
  return Math.min(written, Math.max(0, stillDiffering - refused));
}

function columnsOf(dryRun: boolean): readonly Column[] {
  const done = dryRun ? ['to write', 'to delete'] : ['written', 'deleted'];
  return [
    { title: 'entity', maximumWidth: 40 },
    ...['missing', 'extra', 'changed', 'duplicated', ...done, 'kept', 'refused'].map(
      (title): Column => ({ title, align: 'right' }),
    ),
  ];
}

function rowOf({ source, target, found, written, deleted, kept, refused }: EntityRepair): readonly string[] {
  const { missing, extra, changed, duplicated } = found;
  return [
    source === target ? source : `${source} → ${target}`,
    ...[missing, extra, changed, duplicated, written, deleted, kept, refused].map(countText),
  ];
}

function keptLines({ entities }: RepairResult, { allowDelete, palette }: RepairView): readonly string[] {
  const kept = entities.reduce((sum, entity) => sum + entity.kept, 0);
  if (kept === 0) return [];
  const extra = entities.reduce((sum, { found }) => sum + found.extra, 0);
  const why =
    !allowDelete && extra > 0
      ? 'only the target has them; --allow-delete deletes them'
      : 'the plan does not replace what the target holds';
  return [palette.warning(`! ${recordsText(kept)} left as ${kept === 1 ? 'it is' : 'they are'}: ${why}`)];
}

function dryRunLines({ entities, runId }: RepairResult): readonly string[] {
  const toDo = entities.reduce((sum, { written, deleted }) => sum + written + deleted, 0);
  if (toDo === 0) return ['nothing would be written or deleted'];
  return ['nothing was written or deleted', ...(runId === null ? [] : [`next: datamigrato repair ${runId}`])];
}

function unshownLines(result: RepairResult, palette: Palette): readonly string[] {
  const count = unshown(result);
  if (count === 0) return [];
  return [
    palette.bad(
      `✖ ${recordsText(count)} ${count === 1 ? 'was' : 'were'} acknowledged by the target, and it does not show ${count === 1 ? 'it' : 'them'}`,
    ),
    '  Cells or tombstones with a write time in the future win over every later write: look at their write times,',
    '  wait until those have passed or delete the cells with a write time beyond them, and repair again.',
  ];
}
