import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DrillResult } from './report/drill-result.js';

const core = dirname(createRequire(import.meta.url).resolve('@datamigrato/core/package.json'));
const script = join(core, '..', '..', 'scripts', 'simulate.mjs');

/** the simulator of the pipeline, in a process of its own. */
export async function runSimulateDrill(seeds: number, from: number): Promise<DrillResult> {
  const started = performance.now();
  const outcome = await output(['--seeds', String(seeds), '--from', String(from)]);
  const lines = outcome.stdout.trim().split('\n');
  const sums = summary(lines.at(-1) ?? '');
  const violations = lines.slice(0, -1);
  if (sums === undefined) violations.push(`the simulator ended with ${outcome.code}: ${outcome.stderr.slice(-2000)}`);
  else if (sums.failed > 0 && violations.length === 0) violations.push(`${sums.failed} seeds failed`);
  return {
    drill: 'simulate',
    tried: sums?.seeds ?? 0,
    lost: 0,
    duplicated: 0,
    false: sums?.failed ?? 0,
    milliseconds: performance.now() - started,
    measured: sums === undefined ? '' : `${sums.kills.toLocaleString('en')} kills`,
    violations,
  };
}

interface Sums {
  readonly seeds: number;
  readonly kills: number;
  readonly failed: number;
}

function summary(line: string): Sums | undefined {
  try {
    return JSON.parse(line) as Sums;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function output(
  programArguments: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, ...programArguments], {
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error;
    const code = 'code' in error && typeof error.code === 'number' ? error.code : null;
    return { code, stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}
