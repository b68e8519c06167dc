import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Waits for the end of its input, which closes when the owner dies however it dies, then deletes the folder.
 * A server that is being killed at that moment may still write into the folder, hence the repetition.
 */
const guardScript = `
folder=$1
trap '' PIPE
fate=delete
while read -r word; do fate=$word; done
[ "$fate" = removed ] && exit 0
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  rm -rf -- "$folder"
  sleep 0.2
  [ -e "$folder" ] || exit 0
done
`;

/** A folder for this process alone, which disappears with it. */
export interface GuardedFolder extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes an empty folder, mode 0700, below the system's temporary folder; deleted by `remove()` or when this process ends, even by SIGKILL. */
export async function createGuardedFolder(purpose: string): Promise<GuardedFolder> {
  const path = await mkdtemp(join(await realpath(tmpdir()), `datamigrato-testbed-${purpose}-`));
  const guard = spawn('/bin/sh', ['-c', guardScript, 'datamigrato-testbed-guard', path], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(guard, 'close');
  await once(guard, 'spawn');

  let removed: Promise<void> | undefined;
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    guard.stdin.end('removed\n');
    await ended;
  };
  const removeOnce = (): Promise<void> => {
    removed ??= remove();
    return removed;
  };
  return { path, remove: removeOnce, [Symbol.asyncDispose]: removeOnce };
}
