import { isRefused, type LimitChoices, type LimitFinding, type LimitName, type LimitReport } from '@datamigrato/core';
import type { Palette } from './palette.js';
import { cutToWidth, printable } from './printable.js';
import { bytesText, countText, recordsText } from './quantity.js';
import { type Column, renderTable } from './table.js';

/** How a check of limits is shown. */
export interface LimitsView {
  readonly palette: Palette;
  readonly choices: LimitChoices;
  /** Columns of the terminal, undefined where there is none. */
  readonly width: number | undefined;
}

/** Columns that a key takes at most. Keys are contents of records: as much as tells them apart, and on one line. */
const keyWidth = 60;

const columns: readonly Column[] = [
  { title: 'entity', maximumWidth: 28 },
  { title: 'limit' },
  { title: 'allowed', align: 'right' },
  { title: 'largest', align: 'right' },
  { title: 'records', align: 'right' },
  { title: 'code' },
  { title: 'choice' },
];

/** What trying records against the target's limits has found, for people: a table by limit, the first keys with their sizes, and what will become of them. */
export function renderLimits(report: LimitReport, { palette, choices, width }: LimitsView): string {
  const found = report.entities.flatMap((entity) => entity.findings.map((finding) => ({ ...entity, finding })));
  const complete = report.entities.every((entity) => entity.complete);
  const tried = `${recordsText(report.checked)} tried${complete ? '' : ', a sample'}`;
  if (found.length === 0) return palette.good(`✔ ${tried}: none is beyond a limit of the target`);
  const rows = found.map(({ source, finding }) => [
    source,
    finding.limit,
    sizeText(finding.limit, finding.allowed),
    sizeText(finding.limit, finding.largest),
    countText(finding.records),
    finding.code ?? 'measured, roughly',
    choiceText(choices[finding.limit]),
  ]);
  return [
    palette.heading('limits of the target'),
    renderTable(columns, rows, width),
    ...found.flatMap(({ source, finding }) => offenderLines(source, finding, palette)),
    verdict(report, tried, choices, palette),
  ].join('\n');
}

function choiceText(choice: LimitChoices[LimitName] = 'reject'): string {
  return typeof choice === 'string' ? choice : `split by ${printable(choice.split)}`;
}

/** A report as one JSON document with nothing in it that a terminal would obey. */
export function limitsDocument(report: LimitReport): LimitReport {
  return {
    ...report,
    entities: report.entities.map((entity) => ({
      ...entity,
      findings: entity.findings.map((finding) => ({
        ...finding,
        offenders: finding.offenders.map(({ key, size }) => ({ key: printable(key), size })),
      })),
    })),
  };
}

function offenderLines(source: string, finding: LimitFinding, palette: Palette): readonly string[] {
  const { limit, offenders, records, message } = finding;
  const more = records - offenders.length;
  return [
    `${palette.heading(`${printable(source)}, ${limit}`)}: ${printable(message)}`,
    ...offenders.map(({ key, size }) => {
      const text = cutToWidth(printable(key), keyWidth);
      return size === null ? `  ${text}` : `  ${text}  ${sizeText(limit, size)}`;
    }),
    ...(more > 0 ? [`  and ${countText(more)} more`] : []),
  ];
}

/** A size with its unit; exact to the byte below a hundred thousand, where keys lie. */
function sizeText(limit: LimitName, size: number | null): string {
  if (size === null) return '';
  if (limit === 'depth') return `${countText(size)} levels`;
  return size < 100_000 ? `${countText(size)} B` : bytesText(size);
}

function verdict(report: LimitReport, tried: string, choices: LimitChoices, palette: Palette): string {
  const findings = report.entities.flatMap((entity) => entity.findings);
  if (isRefused(report, choices))
    return palette.bad(`✖ ${tried}: ${recordsText(report.beyond)} beyond limits, and the choice is to refuse`);
  const spillable = findings.some(({ limit }) => limit === 'depth') && choices.depth !== 'spill';
  const next = spillable ? '; --on-limit depth=spill writes what is too deep as typed text' : '';
  return palette.warning(
    `! ${tried}: ${recordsText(report.beyond)} would become ${report.beyond === 1 ? 'a dead letter' : 'dead letters'}${next}`,
  );
}
