import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolders, packageManifest } from './guards/project-files.mjs';

/**
 * Packs every package that is not private, as it would be published; they must be built.
 * Runs inside `pnpm run`, which puts pnpm on the path.
 * @returns {{ folder: string, name: string, version: string, tarball: string }[]} absolute paths of the tarballs
 */
export function packPackages(root, destination) {
  return packageFolders(root).flatMap((folder) => {
    const manifest = packageManifest(root, folder);
    if (manifest.private) return [];
    const packed = spawnSync('pnpm', ['pack', '--json', '--pack-destination', destination], {
      cwd: join(root, 'packages', folder),
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    if (packed.error) throw new Error(`cannot start pnpm to pack ${manifest.name}`, { cause: packed.error });
    if (packed.status !== 0) throw new Error(`packing ${manifest.name} failed: ${packed.stdout}${packed.stderr}`);
    return { folder, name: manifest.name, version: manifest.version, tarball: JSON.parse(packed.stdout).filename };
  });
}

/** The bytes of a tarball in a buffer of their own. */
export function readTarball(path) {
  const bytes = readFileSync(path);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
