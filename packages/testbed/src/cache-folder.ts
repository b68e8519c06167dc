import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that keeps downloaded servers between runs: `DATAMIGRATO_TESTBED_CACHE`, else `datamigrato-testbed` in the
 * user's cache folder (`XDG_CACHE_HOME`; macOS `~/Library/Caches`; else `~/.cache`).
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['DATAMIGRATO_TESTBED_CACHE'];
  if (chosen) return chosen;
  const perUser =
    environment['XDG_CACHE_HOME'] || join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
  return join(perUser, 'datamigrato-testbed');
}
