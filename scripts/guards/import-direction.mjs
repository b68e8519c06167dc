/**
 * Arrows between packages point one way: core knows nobody, a connector knows core, the meta package knows all and loads
 * a connector only when a job uses it, private packages and the conformance kit serve tests and tools. Drivers stay
 * inside their connector.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { importsOf, lineAt, parseModule } from './module-syntax.mjs';
import { isPackageSource, isTestFile, packageFolders, packageManifest, projectFiles } from './project-files.mjs';

const KNOWS_EVERY_PACKAGE = new Set(['datamigrato', 'benchmarks', 'demo', 'drills', 'pairs']);

/** Published, and imported by tests alone. */
const CONFORMANCE_KIT = 'connector-testkit';

/** Published servers that know no other package; tests and private packages of any kind may start them. */
const SERVERS = new Set(['realtime-server']);

/** Which published packages may import a driver; private packages and tests may import any, as oracles. */
const DRIVER_OWNERS = new Map([
  ['mongodb', ['mongodb']],
  ['bson', ['mongodb', 'file']],
  ['cassandra-driver', ['cassandra']],
  ['@google-cloud/firestore', ['firestore']],
  ['google-gax', ['firestore']],
  ['firebase-admin', ['firebase-realtime']],
]);

export const importDirection = {
  name: 'imports between packages point one way',
  unit: 'source files',
  atLeast: 40,
  check(root) {
    const packages = readPackages(root);
    const files = projectFiles(root).filter(isPackageSource);
    const problems = files.flatMap((path) => sourceProblems(path, readFileSync(join(root, path), 'utf8'), packages));
    for (const importer of packages.values()) problems.push(...manifestProblems(importer, packages));
    return { checked: files.length, problems };
  },
};

/** Packages by their published name. */
function readPackages(root) {
  const packages = new Map();
  for (const folder of packageFolders(root)) {
    const manifest = packageManifest(root, folder);
    packages.set(manifest.name, { folder, manifest, isPrivate: manifest.private === true });
  }
  return packages;
}

function sourceProblems(path, text, packages) {
  const folder = path.split('/')[1];
  const importer = [...packages.values()].find((each) => each.folder === folder);
  if (importer === undefined) return [`${path} lies in a folder without a package.json`];
  const isTest = isTestFile(path);
  return importsOf(parseModule(path, text)).flatMap((each) => {
    const trouble = importTrouble({ each, path, importer, isTest, packages });
    return trouble ? [`${path}:${lineAt(text, each.start)} ${trouble}`] : [];
  });
}

function importTrouble({ each, path, importer, isTest, packages }) {
  const { specifier } = each;
  if (specifier === undefined) return undefined;
  if (specifier.startsWith('.')) {
    const reached = posix.join(posix.dirname(path), specifier);
    return reached.startsWith(`packages/${importer.folder}/`) ? undefined : `reaches out of its package: ${specifier}`;
  }
  const imported = packages.get(packageNameOf(specifier));
  if (imported !== undefined && imported !== importer) {
    const trouble = arrowTrouble(importer, imported, isTest);
    if (trouble) return trouble;
    const loadsAtStart = !isTest && !each.isType && !each.isDynamic;
    if (importer.folder === 'datamigrato' && isConnector(imported) && loadsAtStart) {
      return `loads ${imported.manifest.name} at start: import() it when a job uses it`;
    }
  }
  const owners = DRIVER_OWNERS.get(packageNameOf(specifier));
  if (owners && !isTest && !importer.isPrivate && !owners.includes(importer.folder)) return `imports ${specifier}`;
  return undefined;
}

function manifestProblems(importer, packages) {
  const { manifest } = importer;
  const dependencies = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
  const problemsOf = (names, isTest) =>
    names.flatMap((name) => {
      const imported = packages.get(name);
      const trouble = imported && arrowTrouble(importer, imported, isTest);
      return trouble ? [`packages/${importer.folder}/package.json ${trouble}`] : [];
    });
  return [
    ...problemsOf(Object.keys(dependencies), false),
    ...problemsOf(Object.keys(manifest.devDependencies ?? {}), true),
  ];
}

/** Why one package may not import another, or undefined when it may. */
function arrowTrouble(importer, imported, isTest) {
  const name = imported.manifest.name;
  if (importer.folder === 'core') return `imports ${name}: core knows no other package`;
  if (imported.folder === CONFORMANCE_KIT) return isTest ? undefined : `imports ${name}, which serves tests alone`;
  if (imported.isPrivate && !importer.isPrivate && !isTest) return `imports ${name}, which is private`;
  if (KNOWS_EVERY_PACKAGE.has(importer.folder)) return undefined;
  if (SERVERS.has(importer.folder)) return `imports ${name}: a server knows no other package`;
  if (SERVERS.has(imported.folder) && (isTest || importer.isPrivate)) return undefined;
  if (imported.folder === 'core') return undefined;
  if (imported.isPrivate && !KNOWS_EVERY_PACKAGE.has(imported.folder) && !importer.isPrivate) return undefined;
  return `imports ${name}: ${isConnector(importer) ? 'a connector' : importer.manifest.name} knows core alone`;
}

/** A package that is published and neither core nor the conformance kit nor the meta package. */
function isConnector({ folder, isPrivate }) {
  return !isPrivate && !['core', CONFORMANCE_KIT, 'datamigrato'].includes(folder);
}

function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
