import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const packages = ['@datamigrato/core', 'mongodb', 'cassandra-driver'];

/** Versions of our core and of the drivers, by package. */
export function packageVersions(): Record<string, string> {
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
}

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
