import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const folders: string[] = [];

afterAll(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** An empty folder that is removed after the tests of the file that asked for it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'datamigrato-state-'));
  folders.push(folder);
  return folder;
}

/** An empty folder for one run, alone in a temporary one. */
export async function runFolder(run = 'run-1'): Promise<string> {
  const folder = join(await temporaryFolder(), run);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
