import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { errorCode } from './private-file.js';

/** What tells a process from every other one, also from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system counts it, or null where the system does not say. */
  readonly startedAt: string | null;
  readonly host: string;
  /** Among which processes the number means something: one boot of one machine, and on Linux one process namespace of it. */
  readonly space: string;
}

/**
 * What is known of a process.
 *
 * - `alive`: it is there, though it may be stopped.
 * - `dead`: it is not, or another process has its number now.
 * - `unknown`: it runs elsewhere, or ran before the machine was started anew.
 */
export type ProcessState = 'alive' | 'dead' | 'unknown';

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const host = hostname();
  return {
    pid: process.pid,
    startedAt: (await statusOf(process.pid))?.startedAt ?? null,
    host,
    space: await spaceOf(host),
  };
}

/** Looks for a process that said who it is. */
export async function processState(identity: ProcessIdentity, own: ProcessIdentity): Promise<ProcessState> {
  if (identity.space !== own.space) return 'unknown';
  if (!isThere(identity.pid)) return 'dead';
  const status = await statusOf(identity.pid);
  if (status === undefined) return 'alive';
  if (status.ended) return 'dead';
  return identity.startedAt === null || identity.startedAt === status.startedAt ? 'alive' : 'dead';
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return errorCode(error) === 'EPERM';
  }
}

interface ProcessStatus {
  readonly startedAt: string;
  /** It is over, and only its parent has not heard of that yet. */
  readonly ended: boolean;
}

/** What Linux tells of a process; undefined elsewhere. Field 3 is its state, field 22 its start in clock ticks since boot (proc(5)). */
async function statusOf(pid: number): Promise<ProcessStatus | undefined> {
  const text = await readOrUndefined(() => readFile(`/proc/${pid}/stat`, 'utf8'));
  // Field 2 is the command's name in parentheses and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  if (state === undefined || startedAt === undefined) return undefined;
  return { startedAt, ended: state === 'Z' || state === 'X' };
}

async function spaceOf(host: string): Promise<string> {
  const boot = await readOrUndefined(() => readFile('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = await readOrUndefined(() => readlink('/proc/self/ns/pid'));
  return [host, boot?.trim(), namespace].filter((part) => part !== undefined).join(' ');
}

/** Undefined where the system has no such file, or keeps it from us. */
async function readOrUndefined(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
