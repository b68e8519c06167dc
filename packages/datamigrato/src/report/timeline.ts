import { join } from 'node:path';
import type { EventListener, MigrationEvent, Runtime } from '@datamigrato/core';
import { z } from 'zod';
import { parsedJson } from '../state/json-document.js';
import { writePrivateFile } from '../state/private-file.js';
import { untrusted } from '../state/state-errors.js';
import { diskFileSystem, readWhole } from '../state/state-file-system.js';

/** What happened in one stretch of time. */
export interface TimelinePoint {
  /** Records. */
  readonly read: number;
  readonly written: number;
  readonly dead: number;
  /** Bytes read, roughly. */
  readonly bytes: number;
  /** Write requests, and the milliseconds that they took together. */
  readonly writes: number;
  readonly writeMilliseconds: number;
  /** Repetitions after a failure that may pass. */
  readonly retries: number;
}

/** One start of a run over time, in stretches of equal length. */
export interface TimelineStart {
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds of one stretch. */
  readonly step: number;
  readonly points: readonly TimelinePoint[];
}

/** A run over time: the contents of `timeline.json`. A start whose process was killed is not in it. */
export interface Timeline {
  readonly schema: typeof timelineSchema;
  readonly starts: readonly TimelineStart[];
}

const timelineSchema = 'datamigrato.timeline/1';
const maximumBytes = 16 * 1024 * 1024;

/** Stretches kept of one start; where there would be more, each is made twice as long. */
const mostPoints = 240;
const firstStep = 500;

/** Starts that a file keeps: the last ones. */
const mostStarts = 50;

const count = z.number().nonnegative();
const shape: z.ZodType<Timeline> = z.strictObject({
  schema: z.literal(timelineSchema),
  starts: z.array(
    z.strictObject({
      startedAt: z.iso.datetime(),
      step: z.number().positive(),
      points: z.array(
        z.strictObject({
          read: count,
          written: count,
          dead: count,
          bytes: count,
          writes: count,
          writeMilliseconds: count,
          retries: count,
        }),
      ),
    }),
  ),
});

/** Adds up what happens in a migration, whatever its length, in little memory. */
export interface TimelineRecorder {
  readonly listener: EventListener;
  /** What was added up so far. */
  start(): TimelineStart;
}

/** A recorder that hands every event on as it comes. */
export function createTimelineRecorder(runtime: Runtime, next: EventListener): TimelineRecorder {
  const startedAt = new Date(runtime.wallClock()).toISOString();
  const begun = runtime.monotonicNow();
  let step = firstStep;
  let points: TimelinePoint[] = [];
  const add = (more: Partial<TimelinePoint>): void => {
    const elapsed = runtime.monotonicNow() - begun;
    while (Math.floor(elapsed / step) >= mostPoints) {
      points = halved(points);
      step *= 2;
    }
    const index = Math.floor(elapsed / step);
    while (points.length <= index) points.push(nothing);
    points[index] = addPoints(points[index] ?? nothing, { ...nothing, ...more });
  };
  return {
    listener(event) {
      const more = partOf(event);
      if (more !== undefined) add(more);
      next(event);
    },
    start: () => ({ startedAt, step, points: [...points] }),
  };
}

/** Adds a start to the file of a run, unless nothing happened in it. */
export async function writeTimeline(folder: string, start: TimelineStart): Promise<void> {
  if (start.points.length === 0) return;
  const { starts } = await readTimeline(folder);
  const timeline: Timeline = { schema: timelineSchema, starts: [...starts, start].slice(-mostStarts) };
  await writePrivateFile(timelinePath(folder), `${JSON.stringify(timeline)}\n`);
}

/** The timeline of a run; without any start where there is none. Throws `DM_STATE_UNTRUSTED` for a file that this program did not write. */
export async function readTimeline(folder: string): Promise<Timeline> {
  const path = timelinePath(folder);
  const bytes = await readWhole(diskFileSystem, path, maximumBytes);
  if (bytes === undefined) return { schema: timelineSchema, starts: [] };
  const checked = shape.safeParse(parsedJson(bytes));
  if (!checked.success) throw untrusted(path, 'it is not what was written');
  return checked.data;
}

function timelinePath(folder: string): string {
  return join(folder, 'timeline.json');
}

function partOf(event: MigrationEvent): Partial<TimelinePoint> | undefined {
  switch (event.type) {
    case 'batch-read':
      return { read: event.records, bytes: event.bytes };
    case 'batch-written':
      return { written: event.records - event.failed, writes: 1, writeMilliseconds: event.milliseconds };
    case 'record-dead':
      return { dead: 1 };
    case 'retry-scheduled':
      return { retries: 1 };
    default:
      return undefined;
  }
}

const nothing: TimelinePoint = {
  read: 0,
  written: 0,
  dead: 0,
  bytes: 0,
  writes: 0,
  writeMilliseconds: 0,
  retries: 0,
};

/** Both stretches together. */
export function addPoints(left: TimelinePoint, right: TimelinePoint): TimelinePoint {
  return {
    read: left.read + right.read,
    written: left.written + right.written,
    dead: left.dead + right.dead,
    bytes: left.bytes + right.bytes,
    writes: left.writes + right.writes,
    writeMilliseconds: left.writeMilliseconds + right.writeMilliseconds,
    retries: left.retries + right.retries,
  };
}

function halved(points: readonly TimelinePoint[]): TimelinePoint[] {
  const half: TimelinePoint[] = [];
  for (let index = 0; index < points.length; index += 2)
    half.push(addPoints(points[index] ?? nothing, points[index + 1] ?? nothing));
  return half;
}
