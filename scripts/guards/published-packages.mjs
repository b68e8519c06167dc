/** What would be published is right for its users: publint and attw look at the same tarballs, packed once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packPackages, readTarball } from '../pack-packages.mjs';
import { packageManifest } from './project-files.mjs';
import { runTool } from './run-tool.mjs';

export const publishedPackages = {
  name: 'publint and attw: the packed packages resolve for their users',
  unit: 'tarballs',
  atLeast: 5,
  async check(root) {
    const destination = mkdtempSync(join(tmpdir(), 'datamigrato-pack-'));
    try {
      const packages = packPackages(root, destination);
      const problems = [];
      for (const each of packages) {
        problems.push(...(await publintProblems(root, each)), ...attwProblems(root, each));
      }
      return { checked: packages.length, problems };
    } finally {
      rmSync(destination, { recursive: true, force: true });
    }
  },
};

async function publintProblems(root, { folder, name, tarball }) {
  const manifest = packageManifest(root, folder);
  const { messages } = await publint({ strict: true, pack: { tarball: readTarball(tarball) } });
  return messages.map((message) => `${name}: publint: ${formatMessage(message, manifest, { color: false })}`);
}

function attwProblems(root, { name, tarball }) {
  const { status, stdout, stderr } = runTool(root, 'attw', [tarball, '--profile', 'esm-only', '--format', 'json']);
  const { analysis } = JSON.parse(stdout || 'null') ?? {};
  if (analysis === undefined) return [`${name}: attw exits ${status}: ${stderr.trim()}`];
  if (!analysis.types) return [`${name}: attw finds no types`];
  if (status === 0) return [];
  const kinds = (analysis.problems ?? []).map((problem) => `${problem.kind} ${problem.entrypoint ?? ''}`.trim());
  return [`${name}: attw: ${kinds.join(', ') || `exits ${status}`}`];
}
