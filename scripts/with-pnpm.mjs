/**
 * Runs a script of the root package.json through the pnpm that `packageManager` pins, installing the dependencies first
 * if they are missing or older than the lock file. Built-ins only: it works in a fresh clone with nothing but Node.
 *
 * Usage: node scripts/with-pnpm.mjs <script> [arguments…]. Everything but the script's own output goes to stderr.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager, engines } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const [major, minor] = process.versions.node.split('.').map(Number);
const [neededMajor, neededMinor] = engines.node.replace('>=', '').split('.').map(Number);
if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  console.error(`Datamigrato needs Node ${engines.node}; this is ${process.versions.node}.`);
  console.error('Install a newer Node, then run the same command again.');
  process.exit(2);
}

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) {
  console.error('Usage: node scripts/with-pnpm.mjs <script> [arguments…]');
  process.exit(2);
}

const isWindows = process.platform === 'win32';
const version = packageManager.split('@')[1].split('+')[0];

/**
 * The environment in which `pnpm` is the pinned one: this very environment inside a script that it runs, else one with
 * the folder on its path where npx has put it. npx itself would not pass a request to end on to what it runs.
 */
function environmentWithPnpm() {
  const environment = { TURBO_TELEMETRY_DISABLED: '1', ...process.env };
  if (environment.npm_config_user_agent?.startsWith(`pnpm/${version} `)) return environment;
  const npx = spawnSync('npx', ['--yes', '--package', `pnpm@${version}`, '--', 'node', '-p', 'process.env.PATH'], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    shell: isWindows,
  });
  if (npx.status !== 0) throw new Error(`npx could not fetch pnpm ${version}`, { cause: npx.error });
  return { ...environment, PATH: npx.stdout.trim() };
}

/** Runs pnpm and passes a request to end on; an interrupt from the terminal reaches what it runs by itself. */
async function pnpm(pnpmArguments, stdout) {
  const stdio = ['inherit', stdout, 'inherit'];
  const child = spawn('pnpm', pnpmArguments, { cwd: root, stdio, shell: isWindows, env: environment });
  const end = () => child.kill('SIGTERM');
  process.on('SIGTERM', end).on('SIGINT', ignore);
  const [status] = await once(child, 'close');
  process.off('SIGTERM', end).off('SIGINT', ignore);
  return status ?? 1;
}
const ignore = () => {};

const environment = environmentWithPnpm();
const stamp = `${root}node_modules/.installed-lock-hash`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}pnpm-lock.yaml`))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockHash) {
  console.error(`Installing the dependencies with ${packageManager}…`);
  const status = await pnpm(['install', '--frozen-lockfile'], process.stderr);
  if (status !== 0) process.exit(status);
  mkdirSync(`${root}node_modules`, { recursive: true });
  writeFileSync(stamp, lockHash);
}
process.exit(await pnpm(['--silent', 'run', script, ...scriptArguments], 'inherit'));
