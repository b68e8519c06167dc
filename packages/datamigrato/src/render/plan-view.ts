import type { EntityPlan, LossEntry, MigrationPlan } from '@datamigrato/core';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { bytesText, countText } from './quantity.js';
import { type Column, renderTable } from './table.js';

/** How much of a plan is shown. */
export interface PlanViewSettings {
  readonly palette: Palette;
  /** Whether kinds that are kept as they are have lines of their own. */
  readonly everything: boolean;
  /** Columns of the terminal, undefined where there is none. */
  readonly width: number | undefined;
}

/** A plan for people: entities, keys, statements, what changes on the way, and what stands against it. */
export function renderPlan(plan: MigrationPlan, settings: PlanViewSettings): string {
  const { palette, width } = settings;
  const parts = [
    `${palette.heading('from')}  ${plan.source.endpoint}\n${palette.heading('to')}    ${plan.target.endpoint}`,
    renderTable(entityColumns, plan.entities.map(entityRow), width),
    ...plan.entities.map((entity) => entityDetails(entity, settings)).filter((text) => text !== ''),
    ...(plan.excluded.length === 0
      ? []
      : [
          section(
            'left out',
            plan.excluded.map(({ entity, reason }) => `${printable(entity)}: ${printable(reason)}`),
            palette,
          ),
        ]),
    ...(plan.notices.length === 0 ? [] : [section('to know', plan.notices.map(printable), palette)]),
    verdict(plan, palette),
  ];
  return parts.join('\n\n');
}

const entityColumns: readonly Column[] = [
  { title: 'entity', maximumWidth: 28 },
  { title: 'becomes', maximumWidth: 28 },
  { title: 'records', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'key', maximumWidth: 36 },
  { title: 'in the target' },
];

function entityRow(entity: EntityPlan): readonly string[] {
  const { estimate } = entity;
  const approximately = estimate.exact ? '' : '≈';
  return [
    entity.source,
    entity.target,
    `${approximately}${countText(estimate.records)}`,
    `${approximately}${bytesText(estimate.bytes)}`,
    keyText(entity),
    entity.targetExists ? 'exists' : 'is made',
  ];
}

/** `id ← _id`, `(genre), year`: partition parts in parentheses where there are clustering parts. */
function keyText({ mapping, sourceSchema }: EntityPlan): string {
  const texts = mapping.key.parts.map(({ name, role, from }) => {
    const source = 'key' in from ? (sourceSchema.key[from.key]?.name ?? name) : from.path.join('.');
    return { role, text: source === name ? name : `${name} ← ${source}` };
  });
  const partition = texts.filter(({ role }) => role === 'partition').map(({ text }) => text);
  const clustering = texts.filter(({ role }) => role === 'clustering').map(({ text }) => text);
  return clustering.length === 0 ? partition.join(', ') : `(${partition.join(', ')}), ${clustering.join(', ')}`;
}

const lossColumns: readonly Column[] = [
  { title: 'field', maximumWidth: 32 },
  { title: 'is', maximumWidth: 16 },
  { title: 'becomes', maximumWidth: 24 },
  { title: 'seen', align: 'right' },
  { title: 'fidelity' },
  { title: 'what is done', maximumWidth: 160 },
];

function entityDetails(entity: EntityPlan, { palette, everything, width }: PlanViewSettings): string {
  const name = printable(entity.target);
  const losses = everything ? entity.losses : entity.losses.filter(({ fidelity }) => fidelity !== 'exact');
  return [
    ...(entity.conflicts.length === 0
      ? []
      : [section(`${name}: cannot be written`, entity.conflicts.map(printable), palette)]),
    ...(entity.statements.length === 0
      ? []
      : [section(`${name}: statements`, entity.statements.map(statement), palette)]),
    ...(losses.length === 0
      ? []
      : [
          `${palette.heading(`${name}: ${everything ? 'kinds' : 'kinds that change'}`)}\n${indented(renderTable(lossColumns, losses.map(lossRow), width === undefined ? undefined : width - 2))}`,
        ]),
    ...(entity.notices.length === 0 ? [] : [section(`${name}: to know`, entity.notices.map(printable), palette)]),
  ].join('\n');
}

function lossRow(loss: LossEntry): readonly string[] {
  return [
    loss.path.join('.'),
    loss.sourceKind,
    loss.targetKind,
    loss.count === null ? '' : countText(loss.count),
    loss.fidelity === 'lossy' ? 'LOSSY' : loss.fidelity,
    loss.restorable ? loss.action : `${loss.action} (for good)`,
  ];
}

/** A statement with its own line breaks, and no other control character. */
function statement(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function section(title: string, lines: readonly string[], palette: Palette): string {
  return `${palette.heading(title)}\n${indented(lines.join('\n'))}`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function verdict(plan: MigrationPlan, palette: Palette): string {
  const conflicts = plan.entities.reduce((sum, { conflicts: own }) => sum + own.length, 0);
  if (conflicts > 0) return palette.bad(`✖ this plan cannot run: ${countText(conflicts)} conflicts`);
  const losses = plan.entities.flatMap((entity) => entity.losses);
  const lossy = losses.filter(({ fidelity }) => fidelity === 'lossy').length;
  if (lossy > 0)
    return palette.warning(`! ${countText(lossy)} conversions lose something; running needs --accept-loss`);
  const widened = losses.filter(({ fidelity }) => fidelity !== 'exact').length;
  return palette.good(
    widened === 0
      ? '✔ nothing is lost and nothing changes its kind'
      : `✔ nothing is lost; ${countText(widened)} kinds change on the way`,
  );
}
