import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * What a guard finds in a git work tree of the given files, made in a temporary folder and removed after.
 * @param {{ check(root: string, options?: object): object }} guard
 * @param {Record<string, string | object>} files contents by path; an object is written as JSON
 * @param {object} [options] handed to the guard's check
 */
export async function findingsIn(guard, files, options) {
  const root = mkdtempSync(join(tmpdir(), 'datamigrato-guard-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
    }
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    return await guard.check(root, options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
