import type { Fidelity } from '@datamigrato/core';
import { countText } from '../render/quantity.js';
import type { Conversion } from './conversions.js';
import { type HtmlCell, htmlTable, htmlText } from './html-text.js';

const fidelityWords: Readonly<Record<Fidelity, string>> = {
  exact: 'kept as it is',
  widened: 'every value kept, as another kind',
  lossy: 'some values change',
  unsupported: 'written as typed text',
};

/** What became of kinds: a matrix of source kind by target kind, and a list of where. */
export function conversionsSection(conversions: readonly Conversion[]): string {
  if (conversions.length === 0) return '';
  const sourceKinds = [...new Set(conversions.map(({ sourceKind }) => sourceKind))].sort();
  const targetKinds = [...new Set(conversions.map(({ targetKind }) => targetKind))].sort();
  const head = `<tr><th></th>${targetKinds.map((kind) => `<th scope="col">${htmlText(kind)}</th>`).join('')}</tr>`;
  const rows = sourceKinds.map((sourceKind) => {
    const cells = targetKinds.map((targetKind) => {
      const found = conversions.filter((one) => one.sourceKind === sourceKind && one.targetKind === targetKind);
      // Conversions stand in the order of what they lose.
      const [worst] = found;
      if (worst === undefined) return '<td></td>';
      const counted = found.reduce((sum, { count }) => sum + (count ?? 0), 0);
      const text = found.every(({ count }) => count === null) ? '•' : countText(counted);
      return `<td class="cell ${worst.fidelity}" title="${htmlText(`${sourceKind} → ${targetKind}: ${fidelityWords[worst.fidelity]}`)}">${htmlText(text)}</td>`;
    });
    return `<tr><th scope="row">${htmlText(sourceKind)}</th>${cells.join('')}</tr>`;
  });
  const used = (['exact', 'widened', 'lossy', 'unsupported'] as const).filter((fidelity) =>
    conversions.some((one) => one.fidelity === fidelity),
  );
  const legend = used
    .map((fidelity) => `<span class="key ${fidelity}">${fidelity}: ${fidelityWords[fidelity]}</span>`)
    .join(' ');
  const changed = conversions.filter(({ fidelity }) => fidelity !== 'exact');
  return `<h2>Kinds of values</h2>
<p class="soft">From kinds of the source, down, to kinds of the target, across: values in the plan’s samples; • where the schema is declared and none was counted.<br>${legend}</p>
<div class="scroll"><table class="matrix"><thead>${head}</thead><tbody>
${rows.join('\n')}
</tbody></table></div>
${changed.length === 0 ? '' : `<h3>Where kinds change</h3>\n${htmlTable(['from', 'to', 'fidelity', 'places'], changed.map(changedRow))}`}`;
}

/** Places shown for one conversion. */
const placesShown = 12;

function changedRow({ sourceKind, targetKind, fidelity, places }: Conversion): readonly HtmlCell[] {
  const more = places.length > placesShown ? ', …' : '';
  return [
    { html: `<span class="whole">${htmlText(sourceKind)}</span>` },
    { html: `<span class="whole">${htmlText(targetKind)}</span>` },
    {
      html: `<span class="whole ${fidelity === 'lossy' ? 'warn' : fidelity === 'unsupported' ? 'bad' : 'soft'}">${fidelity}</span>`,
    },
    { html: `<code>${htmlText(`${places.slice(0, placesShown).join(', ')}${more}`)}</code>` },
  ];
}
