/**
 * Publishes every package whose version the registry does not have yet, from tarballs that pnpm packed (so that
 * `workspace:` ranges are real ones) by npm (whose trusted publishing needs no stored token). Run by publish.yml.
 * Usage: node scripts/publish-packages.mjs [--dry-run]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packPackages } from './pack-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isDryRun = process.argv.includes('--dry-run');

/** Whether the registry has this version; throws when it cannot say. */
function isPublished({ name, version }) {
  const { stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version', '--json'], { encoding: 'utf8' });
  if (stdout.trim() === '') return false;
  const answer = JSON.parse(stdout);
  if (answer === version) return true;
  if (answer.error?.code === 'E404') return false;
  throw new Error(`npm view ${name}@${version} answers ${stdout.trim()}`);
}

const destination = mkdtempSync(join(tmpdir(), 'datamigrato-publish-'));
try {
  for (const each of packPackages(root, destination)) {
    const label = `${each.name}@${each.version}`;
    if (!isDryRun && isPublished(each)) {
      console.log(`${label} is published already`);
      continue;
    }
    const options = ['--access', 'public', ...(isDryRun ? ['--dry-run'] : ['--provenance'])];
    const { status } = spawnSync('npm', ['publish', each.tarball, ...options], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`publishing ${label} failed; those listed above are out, run again for the rest`);
    console.log(`${label} ${isDryRun ? 'would be published' : 'published'}`);
  }
} finally {
  rmSync(destination, { recursive: true, force: true });
}
