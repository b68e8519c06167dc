import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatamigratoError } from '@datamigrato/core';
import { connectorsIn, type LoadedConnector } from './loaded-connector.js';

/** Version of the connector contract that this program speaks. What a foreign package says of itself may be any other. */
const specVersion: number = 1;

/** A connector that a user named, and where it was found. */
export interface ThirdPartyConnector {
  readonly connectors: readonly LoadedConnector[];
  readonly packageName: string;
  readonly version: string;
  /** The module that was loaded. */
  readonly path: string;
}

/**
 * Loads the connectors of a package that the user named, from the `node_modules` folders at or above a folder; or those of a module file, named by a path that begins with `.` or `/`.
 *
 * Nothing is ever loaded for lying there: a package runs with all the rights of this process, so that only its name, given by the user, is consent.
 *
 * @throws DatamigratoError `DM_CONNECTOR_MISSING` or `DM_CONNECTOR_INCOMPATIBLE`.
 */
export async function loadThirdPartyConnector(name: string, folder: string): Promise<ThirdPartyConnector> {
  const found =
    name.startsWith('.') || isAbsolute(name) ? await moduleFile(name, folder) : await installedPackage(name, folder);
  const module = (await import(pathToFileURL(found.path).href)) as object;
  const connectors = connectorsIn(module);
  if (connectors.length === 0) throw incompatible(name, 'it exports no connector made by defineConnector');
  for (const { connector } of connectors) {
    const spoken: number = connector.specVersion;
    if (spoken !== specVersion) {
      throw incompatible(
        name,
        `its connector ${connector.id} is made for version ${spoken} of the contract, not ${specVersion}`,
      );
    }
  }
  return { ...found, connectors };
}

type Found = Omit<ThirdPartyConnector, 'connectors'>;

async function moduleFile(name: string, folder: string): Promise<Found> {
  const path = resolve(folder, name);
  if (await isFile(path)) return { packageName: name, version: 'unversioned', path };
  throw new DatamigratoError({
    code: 'DM_CONNECTOR_MISSING',
    category: 'usage',
    message: `There is no module ${path}`,
    nextStep: 'give the path of a JavaScript module that exports a connector, or the name of an installed package',
  });
}

async function installedPackage(name: string, folder: string): Promise<Found> {
  if (!/^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/.test(name)) throw incompatible(name, 'this is no name of a package');
  for (let at = resolve(folder); ; at = dirname(at)) {
    const home = join(at, 'node_modules', name);
    const manifest = await packageManifest(join(home, 'package.json'));
    if (manifest !== undefined) {
      const path = join(home, entryOf(manifest, name));
      return { packageName: name, version: manifest.version ?? 'unversioned', path };
    }
    if (dirname(at) === at) break;
  }
  throw new DatamigratoError({
    code: 'DM_CONNECTOR_MISSING',
    category: 'usage',
    message: `The package ${name} is not installed in ${resolve(folder)} or a folder above`,
    nextStep: `npm install ${name}`,
    context: { package: name },
  });
}

interface PackageManifest {
  readonly version?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

async function packageManifest(path: string): Promise<PackageManifest | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as PackageManifest;
  } catch {
    throw incompatible(dirname(path), 'its package.json is not JSON');
  }
}

/** The file that `import` of the package gives, by the conditions `node`, `import`, `module-sync` and `default`. */
function entryOf(manifest: PackageManifest, name: string): string {
  if (manifest.exports === undefined) return manifest.main ?? 'index.js';
  const root = isObject(manifest.exports) && '.' in manifest.exports ? manifest.exports['.'] : manifest.exports;
  const entry = conditional(root);
  if (entry?.startsWith('./')) return entry;
  throw incompatible(name, 'it cannot be imported by its name');
}

function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isObject(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!['node', 'import', 'module-sync', 'default'].includes(condition)) continue;
    const entry = conditional(inner);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function isObject(thing: unknown): thing is Readonly<Record<string, unknown>> {
  return typeof thing === 'object' && thing !== null && !Array.isArray(thing);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return false;
    throw error;
  }
}

function incompatible(name: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_CONNECTOR_INCOMPATIBLE',
    category: 'usage',
    message: `${JSON.stringify(name)} cannot be used as a connector: ${why}`,
    nextStep: 'check the name, or install a version of the package that fits this version of datamigrato',
  });
}
