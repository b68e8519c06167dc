import { writeFileSync } from 'node:fs';
import type { LegSample, WorkOutcome } from '../leg/leg-task.js';
import { machineSeconds, peakResidentBytes, processorSeconds } from './processor-time.js';

/** Measures work of this process: time, processor time, memory, and what the servers and the rest of the machine did meanwhile. */
export async function measureWork(
  servers: Readonly<Record<string, number>>,
  work: () => Promise<WorkOutcome>,
): Promise<LegSample> {
  resetPeak();
  const idleBytes = process.memoryUsage.rss();
  const before = readClocks(servers);
  const outcome = await work();
  const after = readClocks(servers);
  const peakBytes = peakResidentBytes();
  const cpuSeconds = after.own - before.own;
  return {
    records: outcome.records,
    seconds: after.wall - before.wall,
    cpuSeconds,
    idleBytes,
    peakBytes,
    otherCpuSeconds: othersBetween(before, after, cpuSeconds),
    details: outcome.details ?? {},
  };
}

interface Clocks {
  readonly wall: number;
  readonly own: number;
  readonly servers: ReadonlyMap<string, number>;
  readonly machine: number | undefined;
}

function readClocks(servers: Readonly<Record<string, number>>): Clocks {
  const known = new Map<string, number>();
  for (const [name, pid] of Object.entries(servers)) {
    const seconds = processorSeconds(pid);
    if (seconds !== undefined) known.set(name, seconds);
  }
  const machine = machineSeconds();
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, own: (user + system) / 1e6, servers: known, machine };
}

function othersBetween(before: Clocks, after: Clocks, own: number): Record<string, number> {
  const used: Record<string, number> = {};
  let ours = own;
  for (const [name, seconds] of after.servers) {
    used[name] = seconds - (before.servers.get(name) ?? 0);
    ours += used[name];
  }
  if (before.machine !== undefined && after.machine !== undefined) {
    used['elsewhere'] = Math.max(0, after.machine - before.machine - ours);
  }
  return used;
}

/** Lets Linux forget the largest memory so far. Elsewhere the peak is that of the whole process, preparation included. */
function resetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}
