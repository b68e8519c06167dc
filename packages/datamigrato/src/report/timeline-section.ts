import { countText, durationText, rateText } from '../render/quantity.js';
import { lineChart } from './line-chart.js';
import { addPoints, type TimelinePoint, type TimelineStart } from './timeline.js';

/** How fast records moved and how long the target took to answer, over all starts one after the other. */
export function timelineSection(starts: readonly TimelineStart[]): string {
  const { step, points, restarts } = joined(starts);
  // One point is a figure, and no course of things.
  if (points.length < 2) return '';
  const perSecond = (value: number): number => (value * 1000) / step;
  const marks = [
    ...restarts.map((at) => ({ at, text: 'taken up again' })),
    ...points.flatMap(({ retries }, at) => (retries > 0 ? [{ at, text: 'failures that passed' }] : [])),
  ];
  const timeText = (milliseconds: number): string => durationText(milliseconds);
  const retries = points.reduce((sum, point) => sum + point.retries, 0);
  return `<h2>Course</h2>
${lineChart({
  title: 'Records a second',
  step,
  marks,
  timeText,
  valueText: rateText,
  lines: [
    { name: 'read', style: 'first', values: points.map(({ read }) => perSecond(read)) },
    { name: 'written', style: 'second', values: points.map(({ written }) => perSecond(written)) },
  ],
})}
${lineChart({
  title: 'Answer of the target to one write request, in the mean',
  step,
  marks: [],
  timeText,
  valueText: (milliseconds) => `${milliseconds < 10 ? milliseconds.toFixed(1) : countText(milliseconds)} ms`,
  lines: [
    {
      name: 'milliseconds',
      style: 'first',
      values: points.map(({ writes, writeMilliseconds }) => (writes === 0 ? null : writeMilliseconds / writes)),
    },
  ],
})}
${retries === 0 ? '' : `<p class="soft">${countText(retries)} failures passed and were met by trying again.</p>`}`;
}

interface JoinedTimeline {
  readonly step: number;
  readonly points: readonly TimelinePoint[];
  /** Indexes of points with which another start begins. */
  readonly restarts: readonly number[];
}

/** All starts in stretches of the longest step: time in which no process ran is left out. */
function joined(starts: readonly TimelineStart[]): JoinedTimeline {
  const step = Math.max(1, ...starts.map((start) => start.step));
  const points: TimelinePoint[] = [];
  const restarts: number[] = [];
  for (const start of starts) {
    if (points.length > 0) restarts.push(points.length);
    const factor = Math.max(1, Math.round(step / start.step));
    for (let at = 0; at < start.points.length; at += factor)
      points.push(start.points.slice(at, at + factor).reduce(addPoints));
  }
  return { step, points, restarts };
}
