import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectFiles } from './guards/project-files.mjs';

const root = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(root, path), 'utf8');

test('S-20 what is installed is at least three days old, from the registry alone, and runs no code but what is named', () => {
  const settings = parse(read('pnpm-workspace.yaml'));
  expect(settings).toMatchObject({ blockExoticSubdeps: true, trustPolicy: 'no-downgrade' });
  expect(settings.minimumReleaseAge).toBeGreaterThanOrEqual(3 * 24 * 60);
  expect(settings.minimumReleaseAgeExclude ?? []).toEqual([]);
  expect(settings.dangerouslyAllowAllBuilds ?? false).toBe(false);
  expect(settings.onlyBuiltDependencies).toEqual(['esbuild']);
});

test('S-20 every package of the lock file has a digest, and the one that unpacks archives is new enough', () => {
  const { packages } = parse(read('pnpm-lock.yaml'));
  const names = Object.keys(packages);
  expect(names.length).toBeGreaterThan(300);
  expect(names.filter((name) => !packages[name].resolution.integrity?.startsWith('sha512-'))).toEqual([]);
  expect(names.filter((name) => packages[name].resolution.tarball !== undefined)).toEqual([]);
  const unpackers = names.flatMap((name) => name.match(/^adm-zip@(\d+)\.(\d+)\.(\d+)/)?.slice(1) ?? []).map(Number);
  expect(unpackers).toHaveLength(3);
  const [major, minor, patch] = unpackers;
  expect(major > 0 || minor > 6 || (minor === 6 && patch >= 1)).toBe(true);
});

test('S-20 no manifest asks for a range of versions, or for anything outside the registry', () => {
  const manifests = projectFiles(root).filter((path) => /(?:^|\/)package\.json$/.test(path));
  expect(manifests.length).toBeGreaterThan(10);
  const asked = manifests.flatMap((path) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(path));
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).map(
      ([name, version]) => `${path}: ${name} ${version}`,
    );
  });
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((line) => !/ (?:\d+\.\d+\.\d+(?:-[\w.]+)?|workspace:\S+)$/.test(line))).toEqual([]);
});

test('S-20 whatever this repository installs, it installs as the lock file says, with the package manager of one version', () => {
  expect(JSON.parse(read('package.json')).packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+$/);
  expect(read('scripts/with-pnpm.mjs')).toContain("'install', '--frozen-lockfile'");
  const workflows = projectFiles(root).filter((path) => /^\.github\/.*\.ya?ml$/.test(path));
  expect(workflows.length).toBeGreaterThan(0);
  const installs = workflows.flatMap((path) => read(path).match(/(?:pnpm|npm|yarn) (?:install|i|add)\b.*/g) ?? []);
  expect(installs.filter((line) => !/--frozen-lockfile|@\d+\.\d+\.\d+/.test(line))).toEqual([]);
});

test('S-20 packages are published with their provenance and without a stored token', () => {
  expect(read('scripts/publish-packages.mjs')).toContain('--provenance');
  const publishing = parse(read('.github/workflows/publish.yml'));
  const allowed = Object.entries(publishing.jobs).filter(
    ([, { permissions }]) => permissions?.['id-token'] === 'write',
  );
  expect(allowed.map(([name]) => name)).toEqual(['publish']);
});
