import { appendFile, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { entityName, type MigrationEvent } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import { systemRuntime } from '../../src/runtime.js';
import { openRunEvents, type RunEventsOptions } from '../../src/state/run-events.js';
import { diskFileSystem } from '../../src/state/state-file-system.js';
import { createFailingFileSystem } from './failing-file-system.js';
import { runFolder } from './temporary-folder.js';

const source = entityName('movies');
const read = (records: number): MigrationEvent => ({
  type: 'batch-read',
  source,
  partition: 'p',
  records,
  bytes: records,
});

function optionsFor(folder: string, more: Partial<RunEventsOptions> = {}): RunEventsOptions {
  return {
    folder,
    runtime: systemRuntime,
    redact: (text) => text,
    lost: new AbortController().signal,
    next: () => {},
    ...more,
  };
}

/** The counts of the events in a file, in their order; throws where a line is no JSON. */
async function countsIn(path: string): Promise<readonly number[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { records: number }).records);
}

async function recordAll(options: RunEventsOptions, events: readonly MigrationEvent[]): Promise<void> {
  await using kept = await openRunEvents(options);
  for (const event of events) kept.listener(event);
}

describe('the events of a run', () => {
  test('are kept of every start, in order, private, and handed on as they come', async () => {
    const folder = await runFolder();
    const heard: MigrationEvent[] = [];
    const options = optionsFor(folder, { next: (event) => heard.push(event) });
    await recordAll(options, [read(1), read(2)]);
    await recordAll(options, [read(3)]);
    const path = join(folder, 'events.ndjson');
    expect(await countsIn(path)).toEqual([1, 2, 3]);
    expect(heard).toEqual([read(1), read(2), read(3)]);
    const [line = ''] = (await readFile(path, 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ schema: 'datamigrato.event/1', at: expect.stringMatching(/^20.*Z$/) });
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('are there within seconds while the run is under way', async () => {
    const folder = await runFolder();
    await using kept = await openRunEvents(optionsFor(folder));
    kept.listener(read(1));
    const deadline = performance.now() + 30_000;
    let counts: readonly number[] = [];
    while (counts.length === 0 && performance.now() < deadline) {
      await wait(50);
      counts = await countsIn(join(folder, 'events.ndjson'));
    }
    expect(counts).toEqual([1]);
  }, 60_000);

  test('take no more room than two files, however many they are, and the last ones stay', async () => {
    const folder = await runFolder();
    const mostBytes = 2000;
    const options = optionsFor(folder, { mostBytes });
    for (let start = 0; start < 100; start += 1) await recordAll(options, [read(2 * start), read(2 * start + 1)]);
    expect((await readdir(folder)).sort()).toEqual(['events-before.ndjson', 'events.ndjson']);
    const [before, now] = [join(folder, 'events-before.ndjson'), join(folder, 'events.ndjson')];
    expect((await stat(before)).size).toBeLessThanOrEqual(mostBytes);
    expect((await stat(now)).size).toBeLessThanOrEqual(mostBytes);
    const counts = [...(await countsIn(before)), ...(await countsIn(now))];
    expect(counts.length).toBeGreaterThan(10);
    expect(counts).toEqual(Array.from({ length: counts.length }, (_, index) => 200 - counts.length + index));
  });

  test('go on behind whole lines after half a line that a killed process left', async () => {
    const folder = await runFolder();
    await recordAll(optionsFor(folder), [read(1)]);
    await appendFile(join(folder, 'events.ndjson'), '{"schema":"datamigrato.ev');
    await recordAll(optionsFor(folder), [read(2)]);
    expect(await countsIn(join(folder, 'events.ndjson'))).toEqual([1, 2]);
  });

  test('R-09 end with a notice where the disk is full, and the run hears of everything nevertheless', async () => {
    const folder = await runFolder();
    const heard: MigrationEvent[] = [];
    const fileSystem = createFailingFileSystem(diskFileSystem, { bytes: 50 });
    await recordAll(optionsFor(folder, { fileSystem, next: (event) => heard.push(event) }), [read(1), read(2)]);
    expect(heard.slice(0, 2)).toEqual([read(1), read(2)]);
    expect(heard.slice(2)).toEqual([
      { type: 'notice', text: expect.stringMatching(/^The events of the run are not kept any more: .*\(ENOSPC\)/) },
    ]);
  });

  test('R-12 are left to the process that has taken the run over', async () => {
    const folder = await runFolder();
    const lost = new AbortController();
    await using kept = await openRunEvents(optionsFor(folder, { lost: lost.signal }));
    kept.listener(read(1));
    lost.abort();
    await kept[Symbol.asyncDispose]();
    expect(await readFile(join(folder, 'events.ndjson'), 'utf8')).toBe('');
  });

  test('S-06 hold no secret that is known by then', async () => {
    const folder = await runFolder();
    const options = optionsFor(folder, { redact: (text) => text.replaceAll('s3cret', '…') });
    await recordAll(options, [{ type: 'notice', text: 'the password is s3cret' }]);
    expect(await readFile(join(folder, 'events.ndjson'), 'utf8')).toContain('the password is …');
  });

  test.skipIf(process.platform === 'win32')('S-08 are written through no link', async () => {
    const folder = await runFolder();
    const other = join(await runFolder(), 'other');
    await writeFile(other, '');
    await symlink(other, join(folder, 'events.ndjson'));
    await expect(openRunEvents(optionsFor(folder))).rejects.toMatchObject({ code: 'DM_STATE_UNSAFE' });
    expect(await readFile(other, 'utf8')).toBe('');
  });
});
