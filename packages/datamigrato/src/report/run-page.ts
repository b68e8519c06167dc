import { createHash } from 'node:crypto';
import { bytesText, countText, durationText, momentText, rateText, recordsText } from '../render/quantity.js';
import { totalOf } from '../render/verification-view.js';
import { conversionsSection } from './conversions-section.js';
import { type HtmlCell, htmlTable, htmlText } from './html-text.js';
import type { RunDocument } from './run-document.js';
import { runPageStyle } from './run-page-style.js';
import { timelineSection } from './timeline-section.js';
import { verificationSection, verificationWord } from './verification-section.js';

/**
 * A run as one page of HTML that needs nothing else: no script, no font, no picture, no network. Its policy forbids all of them, so that a text that got through unescaped could do nothing either.
 */
export function runPage(document: RunDocument): string {
  const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(runPageStyle).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  const { run, plan } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${htmlText(`Run ${run.id}: ${verdictOf(document).title}`)}</title>
<style>${runPageStyle}</style>
</head>
<body>
<header>
<h1>${htmlText(plan.source.connector)} → ${htmlText(plan.target.connector)}</h1>
<p class="mono">${htmlText(plan.source.endpoint)}<br>→ ${htmlText(plan.target.endpoint)}</p>
</header>
<main>
${verdictSection(document)}
${tiles(document)}
${nextSection(document)}
${entitiesSection(document)}
${verificationSection(document)}
${timelineSection(document.timeline)}
${conversionsSection(document.conversions)}
${deadLettersSection(document)}
${originSection(document)}
</main>
<footer>Made by Datamigrato ${htmlText(document.program)}. No keys and no contents of records are on this page.</footer>
</body>
</html>
`;
}

interface VerdictText {
  readonly tone: 'good' | 'bad' | 'warn';
  readonly title: string;
  readonly lines: readonly string[];
}

function verdictOf({ run, verification, deadLetters }: RunDocument): VerdictText {
  const { state, ledger, code } = run;
  if (state === 'failed')
    return { tone: 'bad', title: 'Failed', lines: [`The run ended with ${code ?? 'an error'}.`, progressText(run)] };
  if (state === 'interrupted') return { tone: 'warn', title: 'Interrupted', lines: [progressText(run)] };
  if (state === 'running') return { tone: 'warn', title: 'Under way', lines: [progressText(run)] };
  const dead =
    ledger.dead > 0
      ? [`${recordsText(ledger.dead)} could not be written and are kept as dead letters.`]
      : [`All ${recordsText(ledger.read)} are accounted for.`];
  if (verification === null)
    return {
      tone: ledger.dead > 0 ? 'warn' : 'good',
      title: ledger.dead > 0 ? 'Finished, with dead letters' : 'Finished',
      lines: [...dead, 'The two sides have not been compared yet.'],
    };
  const compared = `Compared: ${verification.covers}.`;
  if (verification.verdict === 'equal')
    return {
      tone: ledger.dead > 0 && deadLetters !== null ? 'warn' : 'good',
      title:
        verification.level === 'counts'
          ? 'Finished, with as many records on both sides'
          : 'Finished, and both sides are equal',
      lines: [...dead, compared],
    };
  if (verification.verdict === 'different')
    return {
      tone: 'bad',
      title: 'Finished, and the two sides differ',
      lines: [...dead, ...differing(verification), compared],
    };
  return { tone: 'warn', title: 'Finished; the comparison proves nothing', lines: [...dead, compared] };
}

function differing({ entities }: NonNullable<RunDocument['verification']>): readonly string[] {
  const count = entities.reduce((sum, { tally }) => sum + (tally === null ? 0 : totalOf(tally)), 0);
  return count === 0 ? [] : [`${recordsText(count)} ${count === 1 ? 'differs' : 'differ'}.`];
}

function progressText({ ledger, finishedPartitions, partitions }: RunDocument['run']): string {
  return `${recordsText(ledger.read)} are done; ${countText(finishedPartitions)} of ${countText(partitions)} partitions that were begun are finished.`;
}

function verdictSection(document: RunDocument): string {
  const { tone, title, lines } = verdictOf(document);
  const mark = { good: '✔', bad: '✖', warn: '!' }[tone];
  return `<section class="verdict ${tone}"><strong>${mark} ${htmlText(title)}</strong>${lines
    .map((line) => `<p>${htmlText(line)}</p>`)
    .join('')}</section>`;
}

function tiles(document: RunDocument): string {
  const { run, entities } = document;
  const { read, written, unchanged, dead } = run.ledger;
  const bytes = entities.reduce((sum, { outcome }) => sum + (outcome?.bytes ?? 0), 0);
  const shown: readonly (readonly [value: string, name: string])[] = [
    [countText(read), 'records read'],
    [countText(written), 'written'],
    ...(unchanged > 0 ? [[countText(unchanged), 'unchanged'] as const] : []),
    [countText(dead), dead === 1 ? 'dead letter' : 'dead letters'],
    ...(bytes > 0 ? [[bytesText(bytes), 'read, roughly'] as const] : []),
    ...paceTiles(document),
  ];
  return `<section class="tiles">${shown
    .map(([value, name]) => `<div class="tile"><b>${htmlText(value)}</b><span>${htmlText(name)}</span></div>`)
    .join('')}</section>`;
}

/** Time in which records moved, and how many of them in it. A start that was killed has left neither. */
function paceTiles({ run, entities, timeline }: RunDocument): readonly (readonly [value: string, name: string])[] {
  const reported = entities.reduce((sum, { outcome }) => sum + (outcome?.milliseconds ?? 0), 0);
  const recorded = timeline.reduce((sum, { step, points }) => sum + step * points.length, 0);
  const isWhole = run.starts === 1;
  const milliseconds = isWhole ? Math.max(recorded, reported) : recorded;
  if (milliseconds === 0) return [];
  const moved = timeline.flatMap(({ points }) => points).reduce((sum, { read }) => sum + read, 0);
  const known = timeline.length < run.starts && !isWhole ? `, in ${timeline.length} of ${run.starts} starts` : '';
  return [
    [durationText(milliseconds), `moving${known}`],
    [rateText(((isWhole ? run.ledger.read : moved) * 1000) / milliseconds), 'in the mean'],
  ];
}

function entitiesSection({ entities, verification, run }: RunDocument): string {
  const number = (count: number | undefined): HtmlCell => ({ number: count === undefined ? '–' : countText(count) });
  const rows = entities.map((entity): readonly HtmlCell[] => {
    const { source, target, outcome, guarantee, losses } = entity;
    const found = verification?.entities.find((one) => one.source === source && one.target === target);
    return [
      source === target ? source : `${source} → ${target}`,
      number(outcome?.ledger.read),
      number(outcome?.ledger.written),
      number(outcome?.ledger.dead),
      // Of several starts, a report knows the time of the last alone.
      { number: outcome === null || run.starts > 1 ? '–' : durationText(outcome.milliseconds) },
      { html: verificationWord(found) },
      losses > 0 ? `${countText(losses)} agreed to` : 'none',
      guarantee,
    ];
  });
  const titles: readonly HtmlCell[] = [
    'entity',
    { number: 'read' },
    { number: 'written' },
    { number: 'dead' },
    { number: 'time' },
    'compared',
    'losses',
    'guarantee',
  ];
  return `<h2>Entities</h2>\n${htmlTable(titles, rows)}`;
}

function deadLettersSection({ deadLetters, run }: RunDocument): string {
  if (deadLetters === null || deadLetters.length === 0) return '';
  const rows = deadLetters.map(({ source, stage, code, count }): readonly HtmlCell[] => [
    source,
    stage,
    { html: `<code>${htmlText(code)}</code>` },
    { number: countText(count) },
  ]);
  return `<h2>Dead letters</h2>
<p>Records that could not be written are kept whole and typed in the run’s folder. <code>datamigrato explain &lt;code&gt;</code> says what a code means; <code>datamigrato retry ${htmlText(run.id)}</code> writes them again once what was in their way is gone.</p>
${htmlTable(['entity', 'stage', 'code', { number: 'records' }], rows)}`;
}

function nextSection({ run, verification }: RunDocument): string {
  const commands =
    run.state === 'failed' || run.state === 'interrupted'
      ? [`datamigrato resume ${run.id}`]
      : run.state === 'running'
        ? [`datamigrato status ${run.id}`]
        : [
            ...(verification === null || verification.verdict === 'inconclusive'
              ? [`datamigrato verify ${run.id}`]
              : []),
            ...(verification?.verdict === 'different' ? [`datamigrato repair ${run.id} --dry-run`] : []),
            ...(run.ledger.dead > 0 ? [`datamigrato retry ${run.id}`] : []),
          ];
  if (commands.length === 0) return '';
  return `<h2>What to do next</h2>\n<pre>${commands.map(htmlText).join('\n')}</pre>`;
}

function originSection({ run, plan, program, entities }: RunDocument): string {
  const facts: readonly (readonly [string, string])[] = [
    ['run', run.id],
    ['started', `${momentText(run.startedAt)}${run.starts > 1 ? `, ${countText(run.starts)} starts` : ''}`],
    ['ended', run.endedAt === null ? 'not recorded' : momentText(run.endedAt)],
    ['plan', plan.id],
    ['write mode', plan.writeMode],
    ['source', `${plan.source.connector} ${plan.source.version}`],
    ['target', `${plan.target.connector} ${plan.target.version}`],
    ['program', `datamigrato ${program}`],
    ...(run.retries === null ? [] : [['dead letters of', run.retries] as const]),
    ...plan.excluded.map(({ entity, reason }) => ['left out', `${entity}: ${reason}`] as const),
    ...plan.notices.map((notice) => ['notice', notice] as const),
  ];
  const statements = entities.flatMap((entity) => entity.statements);
  return `<h2>Origin</h2>
<dl>${facts.map(([name, value]) => `<dt>${htmlText(name)}</dt><dd class="mono">${htmlText(value)}</dd>`).join('\n')}</dl>
${statements.length === 0 ? '' : `<h3>Statements of the plan</h3>\n<pre>${statements.map(htmlText).join('\n')}</pre>`}`;
}
