import { readFile } from 'node:fs/promises';
import { askTool } from './run-tool.js';

const pollMilliseconds = 500;

/** Package managers, as their command lines show them. */
const packageManager = /^(\S*\/)?(npm|npx|pnpm)\b|^(\S*\/)?node \S*\b(npm-cli|npx-cli|pnpm|corepack)\b/;

/**
 * Calls `onBroken` once a package manager that launched this process, or a process between the two, is gone.
 *
 * Package managers do not all pass signals on, and may be killed themselves, which would leave this process behind. What launched the
 * outermost package manager does not matter: a shell may well end before its background jobs.
 */
export async function watchLaunchChain(onBroken: () => void): Promise<void> {
  const chain = await findLaunchChain();
  if (chain.length === 0) return;
  const timer = setInterval(() => {
    if (chain.every(isAlive)) return;
    clearInterval(timer);
    onBroken();
  }, pollMilliseconds);
}

async function findLaunchChain(): Promise<number[]> {
  const ancestors: number[] = [];
  let managed = 0;
  for (let pid = process.ppid; pid > 1; ) {
    const found = process.platform === 'linux' ? await askProcessFiles(pid) : await askProcessList(pid);
    if (found === undefined) break;
    ancestors.push(pid);
    if (packageManager.test(found.commandLine)) managed = ancestors.length;
    pid = found.parent;
  }
  return ancestors.slice(0, managed);
}

interface ProcessInformation {
  readonly parent: number;
  readonly commandLine: string;
}

async function askProcessFiles(pid: number): Promise<ProcessInformation | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return { parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1] ?? 0), commandLine };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function askProcessList(pid: number): Promise<ProcessInformation | undefined> {
  const listing = await askTool(
    'ps',
    ['-o', 'ppid=,args=', '-p', String(pid)],
    'noticing the end of a launching script',
  );
  const [, parent, commandLine = ''] = /^\s*(\d+)\s+(.*)/.exec(listing) ?? [];
  return parent === undefined ? undefined : { parent: Number(parent), commandLine };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
