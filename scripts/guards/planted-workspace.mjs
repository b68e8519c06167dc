/** @typedef {import("./run-guard.mjs").Findings} Findings */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * What a guard finds in a git work tree of the given files, made in a temporary folder and removed after.
 * @param {{ check(root: string, options?: object): Findings | Promise<Findings> }} guard
 * @param {Record<string, string | object>} files contents by path; an object is written as JSON
 * @param {object} [options] handed to the guard's check
 * @param {boolean} [options.withTools] whether the tools of this workspace are to be found in the planted one
 */
export async function findingsIn(guard, files, options) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'datamigrato-guard-')));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
    }
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    if (options?.withTools) symlinkSync(tools, join(root, 'node_modules'), 'junction');
    return await guard.check(root, options);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
