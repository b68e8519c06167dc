import { countText, momentText, recordsText } from '../render/quantity.js';
import { fieldText, percentText } from '../render/verification-view.js';
import { type HtmlCell, htmlTable, htmlText } from './html-text.js';
import type { RunDocument } from './run-document.js';

type ShownEntity = NonNullable<RunDocument['verification']>['entities'][number];

/** Differing records shown. */
const shown = 100;

/** What the comparison of an entity found, in a word or two. */
export function verificationWord(found: ShownEntity | undefined): string {
  switch (found?.verdict) {
    case undefined:
      return '<span class="soft">not yet</span>';
    case 'equal':
      return '<span class="good">✔ equal</span>';
    case 'different':
      return '<span class="bad">✖ different</span>';
    case 'inconclusive':
      return '<span class="warn">! inconclusive</span>';
  }
}

/** The last comparison of both sides, and the last repair. */
export function verificationSection({ verification, repair }: RunDocument): string {
  if (verification === null) return '';
  const { covers, startedAt, finishedAt, entities } = verification;
  const number = (count: number | null | undefined): HtmlCell => ({
    number: count === null || count === undefined ? '?' : countText(count),
  });
  const rows = entities.map((entity): readonly HtmlCell[] => {
    const { source, target, expected, actual, compared, tally } = entity;
    return [
      source === target ? source : `${source} → ${target}`,
      number(expected),
      number(actual),
      number(compared),
      number(tally?.missing),
      number(tally?.extra),
      number(tally?.changed),
      number(tally?.duplicated),
      { html: remarks(entity).map(htmlText).join('<br>') },
    ];
  });
  const titles: readonly HtmlCell[] = [
    'entity',
    { number: 'expected' },
    { number: 'actual' },
    { number: 'compared' },
    { number: 'missing' },
    { number: 'extra' },
    { number: 'changed' },
    { number: 'duplicated' },
    '',
  ];
  const differences = entities.flatMap((entity) =>
    entity.differences.map((one) => ({ target: entity.target, ...one })),
  );
  const list = differences.slice(0, shown).map(({ target, difference, keyHash, fields }): readonly HtmlCell[] => [
    target,
    difference,
    { html: `<code>#${htmlText(keyHash)}</code>` },
    {
      html: `<code>${fields === null ? 'too large to be compared field by field' : fields.map(fieldText).map(htmlText).join('<br>')}</code>`,
    },
  ]);
  return `<h2>Comparison</h2>
<p>Compared: ${htmlText(covers)}. <span class="soft">${htmlText(`Begun ${momentText(startedAt)}, ended ${momentText(finishedAt)}.`)}</span></p>
${htmlTable(titles, rows)}
${list.length === 0 ? '' : `<h3>Records that differ</h3>\n<p class="soft">Hashes stand for keys; <code>datamigrato verify --show-keys</code> names them.</p>\n${htmlTable(['entity', 'difference', 'key', 'fields'], list)}`}
${repair === null ? '' : repairText(repair)}`;
}

function remarks({
  reason,
  unmappable,
  settled,
  sample,
  differingBuckets,
  tally,
}: Pick<
  ShownEntity,
  'differingBuckets' | 'reason' | 'sample' | 'settled' | 'tally' | 'unmappable'
>): readonly string[] {
  return [
    ...(reason === undefined ? [] : [reason]),
    ...(unmappable > 0 ? [`${recordsText(unmappable)} of the source cannot be mapped`] : []),
    ...(settled > 0 ? [`${recordsText(settled)} agreed when read again`] : []),
    ...(tally === null && differingBuckets !== null && differingBuckets > 0
      ? [`${countText(differingBuckets)} buckets of records differ`]
      : []),
    ...(sample === null || sample.differingShareBelow === null
      ? []
      : [
          `with ${percentText(sample.confidence)} confidence, fewer than ${percentText(sample.differingShareBelow)} differ`,
        ]),
  ];
}

function repairText({ entities }: NonNullable<RunDocument['repair']>): string {
  const sum = (part: 'deleted' | 'kept' | 'refused' | 'written'): string =>
    countText(entities.reduce((total, entity) => total + entity[part], 0));
  return `<p>The last repair wrote ${sum('written')} records, deleted ${sum('deleted')}, left ${sum('kept')} as they were, and was refused ${sum('refused')}.</p>`;
}
