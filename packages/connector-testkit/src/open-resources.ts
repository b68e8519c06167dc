import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectThat } from './expectation.js';

/** What this process holds open: sockets, pipes, timers and, where the system tells, files. By kind, with their numbers. */
export type OpenResources = ReadonlyMap<string, number>;

/** Counts what is open now, as the most that was open at some moments: what comes and goes by itself is no leak. */
export async function usualResources(): Promise<OpenResources> {
  const most = new Map<string, number>();
  for (let look = 0; look < 10; look += 1) {
    for (const [kind, count] of openResources()) most.set(kind, Math.max(count, most.get(kind) ?? 0));
    await sleep(20);
  }
  return most;
}

/** Waits until no more is open than before, or no more than so many of a kind; throws a failure that names what is, where that does not come. */
export async function expectNothingLeft(before: OpenResources, what: string, tolerated = 0): Promise<void> {
  let more: readonly string[] = [];
  for (let look = 0; look < 150; look += 1) {
    more = [...openResources()]
      .filter(([kind, count]) => count > (before.get(kind) ?? 0) + tolerated)
      .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} × ${kind}`);
    if (more.length === 0) return;
    await sleep(20);
  }
  expectThat(false, `${what}: still open are ${more.join(', ')}`);
}

/** The sockets that are open now. */
export function openSockets(): number {
  return openResources().get('TCPSocketWrap') ?? 0;
}

function openResources(): OpenResources {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests to the file system and name look-ups end by themselves.
    if (/Req|Immediate|TickObject|Promise/.test(kind)) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const files = openFiles();
  if (files !== undefined) counts.set('file descriptor', files);
  return counts;
}

function openFiles(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc/self/fd').length;
}
