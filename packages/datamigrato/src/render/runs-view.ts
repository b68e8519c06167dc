import { canGoOn } from '../state/can-go-on.js';
import type { KnownRun, RunSummary, UntrustedRun } from '../state/list-runs.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { countText, durationText, recordsText } from './quantity.js';
import { type Column, renderTable } from './table.js';

const columns: readonly Column[] = [
  { title: 'run' },
  { title: 'state' },
  { title: 'read', align: 'right' },
  { title: 'dead', align: 'right' },
  { title: 'partitions', align: 'right' },
  { title: 'started' },
];

/** Runs as a table in which each has a second line, where it goes from and to; and what to type where one of them can go on. */
export function renderRuns(runs: readonly RunSummary[], palette: Palette): string {
  if (runs.length === 0) return 'no runs yet: `datamigrato copy` and `datamigrato run` begin one';
  const open = runs.find(canGoOn);
  const [titles = '', ...rows] = renderTable(columns, runs.map(rowOf)).split('\n');
  return [
    titles,
    ...runs.flatMap((run, index) => [rows[index] ?? '', `  ${printable(wayOf(run))}`]),
    ...(open === undefined ? [] : ['', palette.quiet(`next: datamigrato resume ${open.id}`)]),
  ].join('\n');
}

function rowOf(run: RunSummary): readonly string[] {
  if (run.state === 'untrusted') return [run.id, run.state, '', '', '', ''];
  const { id, state, ledger, deadLetters, finishedPartitions, partitions, startedAt } = run;
  return [
    id,
    state,
    countText(ledger.read),
    countText(Math.max(ledger.dead, deadLetters)),
    `${finishedPartitions}/${partitions}`,
    minuteOf(startedAt),
  ];
}

function wayOf(run: RunSummary): string {
  if (run.state === 'untrusted') return run.error.code;
  const { source, target } = run.fingerprint;
  return `${run.retries === null ? source.endpoint : `dead letters of run ${run.retries}`} → ${target.endpoint}`;
}

/** One run in full. */
export function renderRun(run: RunSummary, palette: Palette): string {
  return (run.state === 'untrusted' ? untrustedLines(run, palette) : knownLines(run, palette)).join('\n');
}

function untrustedLines({ id, folder, error }: UntrustedRun, palette: Palette): readonly string[] {
  return [
    `${palette.heading(id)}  ${palette.bad('untrusted')}  ${error.code}`,
    printable(error.message),
    ...(error.nextStep === undefined ? [] : [`→ ${printable(error.nextStep)}`]),
    `folder: ${printable(folder)}`,
  ];
}

function knownLines(run: KnownRun, palette: Palette): readonly string[] {
  const { id, state, ledger, folder, code } = run;
  const { read, written, unchanged, dead } = ledger;
  const mark = state === 'finished' ? palette.good(state) : palette.warning(state);
  return [
    `${palette.heading(id)}  ${mark}${code === null ? '' : `  ${code}`}`,
    printable(wayOf(run)),
    `${recordsText(read)} read: ${countText(written)} written, ${countText(unchanged)} unchanged, ${countText(dead)} dead; ${run.finishedPartitions} of ${run.partitions} partitions done`,
    ...uncoveredLines(run),
    timesOf(run),
    `folder: ${printable(folder)}`,
    ...nextLines(run),
  ];
}

/** Letters of records that no checkpoint counts: what they were, a resumed run finds out anew. */
function uncoveredLines({ ledger, deadLetters, state }: KnownRun): readonly string[] {
  const more = deadLetters - ledger.dead;
  if (more <= 0 || state === 'running') return [];
  const [letters, are, their] =
    more === 1 ? ['dead letter', 'is', 'its record'] : ['dead letters', 'are', 'their records'];
  return [
    `${countText(more)} ${ledger.dead === 0 ? '' : 'more '}${letters} ${are} kept, though no checkpoint covers ${their} yet: read again on resume`,
  ];
}

function timesOf({ startedAt, openedAt, endedAt, epoch }: KnownRun): string {
  const again = epoch > 1 ? `, taken up again ${minuteOf(openedAt)}` : '';
  const ended =
    endedAt === null
      ? ''
      : `, ended ${minuteOf(endedAt)} after ${durationText(Date.parse(endedAt) - Date.parse(openedAt))}`;
  return `started ${minuteOf(startedAt)}${again}${ended}`;
}

function nextLines(run: KnownRun): readonly string[] {
  const { id, state, ledger, code } = run;
  if (canGoOn(run)) return [`next: datamigrato resume ${id}`];
  if (state === 'failed') return [`next: datamigrato explain ${code}, since going on would meet it again`];
  return state === 'finished' && ledger.dead > 0 ? [`next: datamigrato retry ${id}`] : [];
}

/** `2026-11-24 10:31 UTC`: of use in a log of another place too. */
function minuteOf(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}
