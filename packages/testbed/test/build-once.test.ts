import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildOnce } from '../src/build-once.js';
import { createGuardedFolder, type GuardedFolder } from '../src/guarded-folder.js';

let cache: GuardedFolder;
beforeEach(async () => {
  cache = await createGuardedFolder('cache-test');
});
afterEach(() => cache.remove());

/** The id of a process that has ended. */
function deadProcessId(): number {
  return Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

async function writeThing(folder: string, text: string): Promise<string> {
  const thing = join(folder, 'thing');
  await writeFile(thing, text);
  return thing;
}

test('builds once for many who ask at the same time, and leaves only the result', async () => {
  const target = join(cache.path, 'target');
  let builds = 0;
  const asking = Array.from({ length: 5 }, () =>
    buildOnce(target, async (folder) => {
      builds += 1;
      await sleep(50);
      return writeThing(folder, 'whole');
    }),
  );
  expect(new Set(await Promise.all(asking))).toEqual(new Set([target]));
  expect(builds).toBe(1);
  expect(await readFile(target, 'utf8')).toBe('whole');
  expect(await readdir(cache.path)).toEqual(['target']);
});

test('leaves nothing of a build that failed, and builds again', async () => {
  const target = join(cache.path, 'target');
  const failing = buildOnce(target, async (folder) => {
    await writeThing(folder, 'half');
    throw new Error('no network');
  });
  await expect(failing).rejects.toThrow('no network');
  expect(await readdir(cache.path)).toEqual([]);
  await buildOnce(target, (folder) => writeThing(folder, 'whole'));
  expect(await readFile(target, 'utf8')).toBe('whole');
});

test('takes over from a process that died while it was building', async () => {
  const target = join(cache.path, 'target');
  const dead = deadProcessId();
  await writeFile(`${target}.lock`, String(dead));
  await mkdir(`${target}.building-${dead}-00000000`);
  await buildOnce(target, (folder) => writeThing(folder, 'whole'));
  expect(await readdir(cache.path)).toEqual(['target']);
});

test('waits for a process that is alive', async () => {
  const target = join(cache.path, 'target');
  await writeFile(`${target}.lock`, String(process.pid));
  const waiting = buildOnce(target, async () => {
    throw new Error('built twice');
  });
  await sleep(300);
  await writeFile(target, 'by the other');
  expect(await waiting).toBe(target);
});
