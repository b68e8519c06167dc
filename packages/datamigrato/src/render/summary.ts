import { type CatchUpReport, type ChangeLedger, type EntityReport, movingSourceNotice } from '@datamigrato/core';
import type { MigrationResult } from '../migration.js';
import type { Palette } from './palette.js';
import { countText, durationText, rateText, recordsText } from './quantity.js';
import { type Column, renderTable } from './table.js';

const columns: readonly Column[] = [
  { title: 'entity', maximumWidth: 32 },
  { title: 'read', align: 'right' },
  { title: 'written', align: 'right' },
  { title: 'unchanged', align: 'right' },
  { title: 'dead', align: 'right' },
  { title: 'time', align: 'right' },
  { title: 'rate', align: 'right' },
];

/** What a migration did as a table with a verdict, where its files are, and what to type next. */
export function renderSummary(result: MigrationResult, palette: Palette): string {
  const { ledger, entities, earlier } = result;
  const before = earlier?.ledger.read ?? 0;
  // Times are those of this start, and so are rates: of entities that earlier starts had begun, nobody knows how many records fell into it.
  const rows = entities.map((entity) => {
    const own = earlier === null || entities.length === 1 ? entity.ledger.read - before : undefined;
    return row(nameOf(entity), entity.ledger, entity.milliseconds, own);
  });
  const milliseconds = Date.parse(result.finishedAt) - Date.parse(result.startedAt);
  if (entities.length > 1) rows.push(row('total', ledger, milliseconds, ledger.read - before));
  const verdict =
    ledger.dead === 0
      ? palette.good(`✔ all ${countText(ledger.read)} records accounted for`)
      : palette.warning(`! ${countText(ledger.dead)} of ${countText(ledger.read)} records could not be written`);
  return [
    renderTable(columns, rows),
    '',
    verdict,
    ...(result.wasFinished ? [palette.warning(finishedBefore(result))] : []),
    ...(earlier === null || result.wasFinished
      ? []
      : [
          `resumed: ${recordsText(earlier.ledger.read)} were done by earlier starts, the first at ${earlier.startedAt}`,
        ]),
    `guarantee: ${guaranteeText(entities)}`,
    ...consistencyText(result, palette),
    ...(result.deadLetterFile === null ? [] : [`dead letters: ${result.deadLetterFile}`]),
    `run: ${result.runFolder}`,
    `way back: --lock ${result.runFolder}/mapping.lock.json`,
    `next: ${nextCommand(result)}`,
  ].join('\n');
}

/** The weakest of the entities' guarantees, in words. */
function guaranteeText(entities: MigrationResult['entities']): string {
  const repeated = entities.filter(({ guarantee }) => guarantee === 'at-least-once').map(nameOf);
  return repeated.length === 0
    ? 'each record effectively once'
    : `at least once, since a repeated write may leave a second trace in ${repeated.join(', ')}`;
}

function consistencyText({ catchUp, notices }: MigrationResult, palette: Palette): readonly string[] {
  if (catchUp !== null) return [catchUpText(catchUp, palette)];
  return notices.includes(movingSourceNotice) ? [`source: ${movingSourceNotice}`] : [];
}

/** What was done about changes, and whether something is left to do. */
function catchUpText({ entities, quiet, end }: CatchUpReport, palette: Palette): string {
  const sum = (of: (ledger: ChangeLedger) => number): string =>
    countText(entities.reduce((total, { ledger }) => total + of(ledger), 0));
  const counts = `caught up: ${sum(({ changes }) => changes)} changes of the source, ${sum(({ written }) => written)} records written, ${sum(({ deleted }) => deleted)} deleted, ${sum(({ dead }) => dead)} dead`;
  if ('quiet' in end) return `${counts}; then nothing changed for ${durationText(end.quiet)}`;
  return quiet ? counts : palette.warning(`${counts}; the source was still changing when the time was over`);
}

function finishedBefore({ runId, finishedAt }: MigrationResult): string {
  return `run ${runId} was finished at ${finishedAt}: nothing was read or written now`;
}

function row(name: string, ledger: EntityReport['ledger'], milliseconds: number, own: number | undefined): string[] {
  const { read, written, unchanged, dead } = ledger;
  const rate = own !== undefined && milliseconds > 0 ? rateText((own * 1000) / milliseconds) : '';
  return [name, ...[read, written, unchanged, dead].map(countText), durationText(milliseconds), rate];
}

function nameOf({ source, target }: EntityReport): string {
  return source === target ? source : `${source} → ${target}`;
}

function nextProof({ runId, source, target, verification }: MigrationResult): string {
  if (verification !== undefined) return `datamigrato report ${runId}`;
  // What was downloaded is gone, so that there is nothing left to compare with.
  return /^https?:/i.test(source.endpoint) ? `datamigrato inspect '${target.endpoint}'` : `datamigrato verify ${runId}`;
}

function nextCommand(result: MigrationResult): string {
  if (result.deadLetterFile === null) return nextProof(result);
  return `look at the reasons in the dead letters, and once they are gone: datamigrato retry ${result.runId}`;
}
