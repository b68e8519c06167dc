import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RealtimeServerError } from '../server-error.js';

/** Takes a folder for this process and gives the function that hands it back. Throws `folder-in-use` where a living process has it. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const own = `${process.pid} ${startOf(process.pid) ?? ''} ${randomUUID()}`;
  while (!createFile(path, own)) {
    const holder = readText(path);
    if (holder === undefined) continue;
    if (isAlive(holder)) throw inUse(folder, holder);
    removeDead(folder, path, holder);
  }
  return () => {
    if (readText(path) === own) rmSync(path);
  };
}

function createFile(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Of several processes that find a dead holder, one moves its lock away; whoever moves a newer one puts it back. */
function removeDead(folder: string, path: string, holder: string): void {
  const aside = join(folder, `lock-${randomUUID()}`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readText(aside) === holder) {
    rmSync(aside);
    return;
  }
  renameSync(aside, path);
  throw inUse(folder, readText(path) ?? '');
}

function isAlive(holder: string): boolean {
  const [pid, startedAt] = holder.split(' ');
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0) return false;
  try {
    process.kill(number, 0);
  } catch (error) {
    // A process that may not be signalled is there.
    if (errorCode(error) !== 'EPERM') return false;
  }
  // Another process may have been given the number meanwhile.
  const start = startOf(number);
  return start === undefined || startedAt === '' || start === startedAt;
}

/** When a process started, in clock ticks since boot: field 22 of what Linux tells, see proc(5). Undefined elsewhere. */
function startOf(pid: number): string | undefined {
  const text = readText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function inUse(folder: string, holder: string): RealtimeServerError {
  const what = `The folder ${folder} is in use by process ${holder.split(' ')[0]}; stop that one or take another folder.`;
  return new RealtimeServerError('folder-in-use', what);
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
