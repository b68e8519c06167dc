/**
 * Runs a script of the root package.json through the pnpm that `packageManager` pins, installing the dependencies first
 * if they are missing or older than the lock file. Built-ins only: it works in a fresh clone with nothing but Node.
 *
 * Usage: node scripts/with-pnpm.mjs <script> [arguments…]. Everything but the script's own output goes to stderr.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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

/** Runs the pinned pnpm; if this is already running inside it, npx is not asked again. */
function pnpm(pnpmArguments, stdout) {
  const version = packageManager.split('@')[1].split('+')[0];
  const isInsidePinned = process.env.npm_config_user_agent?.startsWith(`pnpm/${version} `) ?? false;
  const [command, first] = isInsidePinned ? ['pnpm', []] : ['npx', ['--yes', `pnpm@${version}`]];
  const options = {
    cwd: root,
    stdio: ['inherit', stdout, 'inherit'],
    shell: process.platform === 'win32',
    env: { TURBO_TELEMETRY_DISABLED: '1', ...process.env },
  };
  const { status, signal, error } = spawnSync(command, [...first, ...pnpmArguments], options);
  if (error) console.error(`Cannot start ${command}: ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  return status ?? 1;
}

const stamp = `${root}node_modules/.installed-lock-hash`;
const lockHash = createHash('sha256')
  .update(readFileSync(`${root}pnpm-lock.yaml`))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockHash) {
  const status = pnpm(['install', '--frozen-lockfile'], process.stderr);
  if (status !== 0) process.exit(status);
  writeFileSync(stamp, lockHash);
}
process.exit(pnpm(['--silent', 'run', script, ...scriptArguments], 'inherit'));
