import type { Palette } from './palette.js';
import { cutToWidth, padToWidth, printable } from './printable.js';
import { type EntityProgress, type Progress, rateOf, timeLeft, totalOf } from './progress.js';
import { countText, durationText, rateText } from './quantity.js';

/** Bars shown at once; further entities are counted in a last line. */
const maximumBars = 8;

/** Where and when a frame is drawn. */
export interface FrameSettings {
  /** Columns of the terminal. */
  readonly width: number;
  readonly now: number;
  readonly palette: Palette;
}

/** One picture of a migration's progress: a line for each entity, as many as fit, the running ones first. Never wider than the terminal. */
export function renderFrame(progress: Progress, settings: FrameSettings): string {
  const chosen = chosenEntities(progress.entities);
  const nameWidth = Math.min(24, Math.max(...chosen.map(({ target }) => printable(target).length), 4));
  const lines = chosen.map((entity) => entityLine(entity, nameWidth, settings));
  const hidden = progress.entities.length - chosen.length;
  if (hidden > 0) {
    const waiting = progress.entities.filter(({ status }) => status === 'waiting').length;
    lines.push(
      settings.palette.quiet(
        cutToWidth(`and ${hidden} more entities, ${waiting} of all still waiting`, settings.width),
      ),
    );
  }
  return lines.join('\n');
}

/** All of a few; of many, those that run, then those that ended last, then those that come next; in the order of the plan. */
function chosenEntities(entities: readonly EntityProgress[]): readonly EntityProgress[] {
  if (entities.length <= maximumBars) return entities;
  const rank = { running: 0, finished: 1, waiting: 2 };
  const ranked = entities.toSorted(
    (left, right) => rank[left.status] - rank[right.status] || (right.finishedAt ?? 0) - (left.finishedAt ?? 0),
  );
  const chosen = new Set(ranked.slice(0, maximumBars));
  return entities.filter((entity) => chosen.has(entity));
}

function entityLine(entity: EntityProgress, nameWidth: number, { width, now, palette }: FrameSettings): string {
  const name = padToWidth(cutToWidth(printable(entity.target), nameWidth), nameWidth);
  const facts = [padToWidth(amountText(entity), 21), padToWidth(paceText(entity, now), 9), endText(entity, now)];
  const dead = entity.dead > 0 ? `  ${countText(entity.dead)} dead` : '';
  const rest = `${facts.join('  ')}${dead}`.trimEnd();
  const barWidth = Math.min(24, width - nameWidth - 4 - Math.max(rest.length, 44));
  const bar = barWidth >= 8 ? `${barText(entity, barWidth, palette)}  ` : '';
  const room = width - nameWidth - 2 - (bar === '' ? 0 : barWidth + 2);
  return `${name}  ${bar}${coloured(cutToWidth(rest, Math.max(1, room)), entity, palette)}`;
}

function coloured(text: string, entity: EntityProgress, palette: Palette): string {
  if (entity.status === 'waiting') return palette.quiet(text);
  return entity.dead > 0 ? palette.warning(text) : text;
}

/** `50,000 / 50,000`, with `≈` where the total is an estimate and without a total where it was passed. */
function amountText(entity: EntityProgress): string {
  const total = totalOf(entity);
  if (total.passed) return `${countText(entity.done)} ≈`;
  return `${countText(entity.done)} / ${total.exact ? '' : '≈'}${countText(total.records)}`;
}

function paceText(entity: EntityProgress, now: number): string {
  const rate = rateOf(entity, now);
  return rate === undefined || rate === 0 ? '' : rateText(rate);
}

function endText(entity: EntityProgress, now: number): string {
  if (entity.status === 'waiting') return 'waiting';
  if (entity.status === 'finished') return 'done';
  const left = timeLeft(entity, now);
  return left === undefined ? '' : `ETA ${durationText(left)}`;
}

/** Full only when the entity is done. */
function barText(entity: EntityProgress, width: number, palette: Palette): string {
  const total = totalOf(entity);
  const isDone = entity.status === 'finished';
  const share = isDone ? 1 : total.records === 0 ? 0 : Math.min(1, entity.done / total.records);
  const filled = isDone ? width : Math.min(width - 1, Math.floor(share * width));
  return `${palette.good('━'.repeat(filled))}${palette.quiet('─'.repeat(width - filled))}`;
}

/** The same progress as one complete line without colours or cursor codes, for logs, pipes and screen readers. */
export function renderLine(progress: Progress, now: number): string {
  const sum = (pick: (entity: EntityProgress) => number): number =>
    progress.entities.reduce((all, entity) => all + pick(entity), 0);
  const totals = progress.entities.map(totalOf);
  const total = totals.reduce((all, { records }) => all + records, 0);
  const exact = totals.every((one) => one.exact);
  const finished = progress.entities.filter(({ status }) => status === 'finished').length;
  const rate = sum((entity) => (entity.status === 'running' ? (rateOf(entity, now) ?? 0) : 0));
  const dead = sum((entity) => entity.dead);
  return [
    `${countText(sum((entity) => entity.done))} of ${exact ? '' : '≈'}${countText(total)} records`,
    `${finished} of ${progress.entities.length} entities done`,
    ...(rate > 0 ? [rateText(rate)] : []),
    ...(dead > 0 ? [`${countText(dead)} dead`] : []),
    ...(progress.retries > 0 ? [`${countText(progress.retries)} retries`] : []),
  ].join(', ');
}
