import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entityName, type MigrationEvent } from '@datamigrato/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTimelineRecorder, readTimeline, writeTimeline } from '../../src/report/timeline.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-timeline-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const source = entityName('movies');

function recorder() {
  let now = 0;
  const heard: MigrationEvent[] = [];
  const { listener, start } = createTimelineRecorder(
    { monotonicNow: () => now, wallClock: () => Date.UTC(2026, 10, 24), random: () => 0, sleep: async () => {} },
    (event) => heard.push(event),
  );
  return {
    at(milliseconds: number, records: number): void {
      now = milliseconds;
      listener({ type: 'batch-read', source, partition: 'p', records, bytes: records * 10 });
      listener({ type: 'batch-written', source, partition: 'p', records, unchanged: 0, failed: 1, milliseconds: 7 });
    },
    start,
    heard,
  };
}

describe('the timeline of a run', () => {
  test('adds up what happens in each stretch of time, and hands every event on', () => {
    const { at, start, heard } = recorder();
    at(100, 5);
    at(400, 6);
    at(1600, 7);
    expect(start()).toMatchObject({ step: 500, startedAt: '2026-11-24T00:00:00.000Z' });
    expect(start().points.map(({ read, written, writes }) => [read, written, writes])).toEqual([
      [11, 9, 2],
      [0, 0, 0],
      [0, 0, 0],
      [7, 6, 1],
    ]);
    expect(heard).toHaveLength(6);
  });

  test('takes no more room for a day than for a minute, and loses no record', () => {
    const { at, start } = recorder();
    const day = 24 * 3600 * 1000;
    for (let time = 0; time < day; time += 60_000) at(time, 3);
    const { points, step } = start();
    expect(points.length).toBeLessThanOrEqual(240);
    expect(points.length).toBeGreaterThan(100);
    expect(step * points.length).toBeGreaterThanOrEqual(day - 60_000);
    expect(points.reduce((sum, { read }) => sum + read, 0)).toBe(3 * 24 * 60);
  });

  test('keeps one start after the other, and refuses a file that somebody else wrote', async () => {
    const first = recorder();
    first.at(0, 1);
    await writeTimeline(folder, first.start());
    const second = recorder();
    second.at(0, 2);
    await writeTimeline(folder, second.start());
    await writeTimeline(folder, recorder().start());
    expect((await readTimeline(folder)).starts.map(({ points }) => points[0]?.read)).toEqual([1, 2]);
    await writeFile(join(folder, 'timeline.json'), '{"schema":"datamigrato.timeline/1","starts":[{}]}');
    await expect(readTimeline(folder)).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
  });
});
