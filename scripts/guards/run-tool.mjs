import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ESCAPE_CODES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/**
 * Runs a tool of the workspace's node_modules/.bin without colours.
 * @returns {{ status: number, stdout: string, stderr: string }} both streams free of escape codes
 */
export function runTool(root, name, toolArguments, { cwd = root } = {}) {
  const result = spawnSync(join(root, 'node_modules', '.bin', name), toolArguments, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    shell: process.platform === 'win32',
  });
  if (result.error) throw new Error(`cannot start ${name}`, { cause: result.error });
  return {
    status: result.status ?? 1,
    stdout: result.stdout.replace(ESCAPE_CODES, ''),
    stderr: result.stderr.replace(ESCAPE_CODES, ''),
  };
}

/** The number in the first match of a pattern with one group, 0 when there is none. */
export function countIn(text, pattern) {
  return Number(text.match(pattern)?.[1]?.replaceAll(',', '') ?? 0);
}

/** A failed tool's output as one problem; none when it succeeded. */
export function outputAsProblem({ status, stdout, stderr }, tool) {
  return status === 0 ? [] : [`${tool} exits ${status}\n${`${stdout}\n${stderr}`.trim()}`];
}
