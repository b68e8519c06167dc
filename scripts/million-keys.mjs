/**
 * Encodes a million generated keys with the codec of each connector, and fails where two of them give one native record.
 * Usage: node scripts/million-keys.mjs [--keys N] [--seed N] [connector…], after `npm run build`.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { packageFolders, packageManifest } from './guards/project-files.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keys: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const load = (folder) => import(pathToFileURL(`${root}packages/${folder}/dist/index.js`).href);
const { checkKeyCodec } = await load('connector-testkit');

let connectors = 0;
for (const folder of packageFolders(root)) {
  const { devDependencies = {} } = packageManifest(root, folder);
  const isCertified = devDependencies['@datamigrato/connector-testkit'] !== undefined;
  if (!isCertified || (positionals.length > 0 && !positionals.includes(folder))) continue;
  const connector = Object.values(await load(folder)).find((exported) => exported?.specVersion === 1);
  const start = performance.now();
  const { keys, refused } = checkKeyCodec(connector, { keys: Number(values.keys), seed: Number(values.seed) });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${connector.id}: ${keys} different keys, none encoded like another, ${refused} refused (seed ${values.seed}, ${seconds} s)`,
  );
  connectors += 1;
}
if (connectors === 0) {
  console.error(`no certified connector is named ${positionals.join(' or ')}`);
  process.exitCode = 2;
}
