import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths, relative to the root and with `/`, of every file that is or would be committed: git's ignore rules apply. */
export function projectFiles(root) {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Names of the folders in packages/, those without a package.json left out. */
export function packageFolders(root) {
  const folders = projectFiles(root).flatMap((path) => path.match(/^packages\/([^/]+)\/package\.json$/)?.[1] ?? []);
  return folders.sort();
}

/** The parsed package.json of a folder in packages/. */
export function packageManifest(root, folder) {
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
}

/** Whether a TypeScript file is a test, or serves tests only. */
export function isTestFile(path) {
  return /\.(test|test-d)\.ts$/.test(path) || /^packages\/[^/]+\/test\//.test(path);
}

/** Whether a file is TypeScript of a package: what the package consists of, and its tests. */
export function isPackageSource(path) {
  return /^packages\/[^/]+\/(src|test)\/.*\.ts$/.test(path);
}
