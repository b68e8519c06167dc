/**
 * Committed files are true on every machine: they name no package registry's host (the lock file least of all) and no
 * folder of the machine they were written on.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFiles } from './project-files.mjs';

// Each pattern has a class of one letter, so that this file does not match itself.
const REGISTRY_HOSTS = [
  /regi[s]try\.npmjs\.org/i,
  /regi[s]try\.yarnpkg\.com/i,
  /regi[s]try\.npmmirror\.com/i,
  /py[p]i\.org/i,
  /file[s]\.pythonhosted\.org/i,
  /rep[o]1?\.maven(\.apache)?\.org/i,
  /prox[y]\.golang\.org/i,
  /(?:index|static)\.crate[s]\.io/i,
];
const MACHINE_PATHS = [
  /(?:^|[\s"'`(=:])\/(?:wor[k]|roo[t]|User[s])\/[\w.-]/m,
  /(?:^|[\s"'`(=:])\/hom[e]\/(?!user\b|you\b)[\w.-]/m,
  /(?:^|[\s"'`(=:])\/tm[p]\/(?:brie[f]|bash_job[s])/m,
  /\b[A-Za-z]:\\User[s]\\\w/,
  /\bfile:\/\/\/(?:wor[k]|roo[t]|hom[e]|User[s])\//,
];

export const cleanText = {
  name: 'no registry host and no machine path is committed',
  unit: 'files',
  atLeast: 60,
  check(root, { configuredHosts = hostsOfThisMachine() } = {}) {
    const files = projectFiles(root);
    const problems = files.flatMap((path) => problemsIn(path, readFileSync(join(root, path)), configuredHosts));
    return { checked: files.length, problems };
  },
};

function problemsIn(path, bytes, configuredHosts) {
  if (bytes.includes(0)) return [];
  const text = bytes.toString('utf8');
  const problems = [];
  const isInstallSettings = /(^|\/)(\.npmrc|\.yarnrc.*|pip\.conf|settings\.xml)$/.test(path);
  if (isInstallSettings && /regi[s]try\s*=|index-ur[l]|<mirro[r]>/.test(text)) problems.push(`${path} sets a registry`);
  text.split('\n').forEach((line, index) => {
    const where = `${path}:${index + 1}`;
    if (REGISTRY_HOSTS.some((pattern) => pattern.test(line))) problems.push(`${where} names a registry's host`);
    if (configuredHosts.some((host) => line.includes(host))) problems.push(`${where} names this machine's registry`);
    if (MACHINE_PATHS.some((pattern) => pattern.test(line))) problems.push(`${where} names a folder of one machine`);
  });
  return problems;
}

/** Host names of the registries that the package clients of this machine are set to, loopback left out. */
function hostsOfThisMachine() {
  const isWindows = process.platform === 'win32';
  const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: isWindows };
  const npm = execFileSync('npm', ['config', 'get', 'registry'], quiet);
  return [npm.trim(), process.env.PIP_INDEX_URL]
    .filter((url) => url !== undefined && URL.canParse(url))
    .map((url) => new URL(url).hostname)
    .filter((host) => host !== '' && host !== 'localhost' && !host.startsWith('127.'));
}
