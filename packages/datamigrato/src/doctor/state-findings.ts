import { randomUUID } from 'node:crypto';
import { lstat, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Runtime } from '@datamigrato/core';
import { bytesText, countText, durationText } from '../render/quantity.js';
import { canGoOn } from '../state/can-go-on.js';
import { listRuns } from '../state/list-runs.js';
import { createPrivateFile, errorCode, requireOwnFolder } from '../state/private-file.js';
import { failure } from './failure.js';
import { type Finding, ok, warning } from './finding.js';

/** Less room than this is said aloud: journals and dead letters have to fit. */
const leastRoom = 200e6;

/** Difference of clocks that is said aloud: between this process and the disk that state lies on. */
const mostSkew = 60_000;

/** Whether runs can be kept in a state folder: whose it is, whether it can be written, how much room there is, and what lies there. Leaves nothing behind. */
export async function stateFindings(stateFolder: string, runtime: Runtime): Promise<readonly Finding[]> {
  const folder = resolve(stateFolder);
  try {
    const isThere = await exists(folder);
    if (isThere) await requireOwnFolder(folder);
    const place = isThere ? folder : await nearest(folder);
    const findings = [await writing(place, isThere ? folder : `${folder}, not made yet`, runtime), await room(place)];
    return isThere ? [...findings, await runs(folder, runtime)] : findings;
  } catch (error) {
    return [failure('state', error)];
  }
}

async function writing(place: string, name: string, runtime: Runtime): Promise<Finding> {
  const path = join(place, `.doctor-${randomUUID()}`);
  const file = await createPrivateFile(path);
  try {
    await file.writeFile('x');
    await file.sync();
    const skew = Math.abs((await stat(path)).mtimeMs - runtime.wallClock());
    if (skew > mostSkew)
      return warning(
        'state',
        `${name} can be written, and its clock differs from this machine’s by ${durationText(skew)}`,
        'set both clocks by the same source of time',
      );
    return ok('state', `${name} can be written`);
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

async function room(place: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(place);
  const free = bavail * bsize;
  return free >= leastRoom
    ? ok('room', `${bytesText(free)} free for journals and dead letters`)
    : warning(
        'room',
        `${bytesText(free)} free for journals and dead letters`,
        'make room, or name another folder with --state-folder',
      );
}

async function runs(stateFolder: string, runtime: Runtime): Promise<Finding> {
  const all = await listRuns({ stateFolder, runtime });
  const open = all.filter(canGoOn);
  const untrusted = all.filter(({ state }) => state === 'untrusted');
  if (untrusted[0] !== undefined)
    return warning(
      'runs',
      `${countText(untrusted.length)} of ${countText(all.length)} runs cannot be trusted`,
      `datamigrato status ${untrusted[0].id}`,
    );
  if (open[0] !== undefined)
    return warning(
      'runs',
      `${countText(open.length)} of ${countText(all.length)} runs can go on`,
      `datamigrato resume ${open[0].id}`,
    );
  return ok('runs', all.length === 0 ? 'none yet' : `${countText(all.length)}, none of them open`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The folder in which another would be made. */
async function nearest(path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await exists(parent)) ? parent : nearest(parent);
}
