import { readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second wherever Node.js runs. */
const ticksPerSecond = 100;

/** Processor seconds that a process has used so far, or undefined where the system does not tell. */
export function processorSeconds(pid: number): number | undefined {
  const text = readProcFile(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name of the program, in parentheses, may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Processor seconds that the whole machine has used so far, or undefined where the system does not tell. */
export function machineSeconds(): number | undefined {
  const line = readProcFile('/proc/stat')?.split('\n')[0];
  if (line === undefined) return undefined;
  const [, user, nice, system, , , interrupts, softInterrupts, steal] = line.split(/\s+/).map(Number);
  const parts = [user, nice, system, interrupts, softInterrupts, steal];
  return parts.reduce<number>((sum, part) => sum + (part ?? 0), 0) / ticksPerSecond;
}

/** The largest resident memory of this process since `resetPeak`, in bytes. */
export function peakResidentBytes(): number {
  const line = readProcFile('/proc/self/status')?.match(/^VmHWM:\s+(\d+) kB$/m);
  return (line ? Number(line[1]) : process.resourceUsage().maxRSS) * 1024;
}

/** The content of a file under `/proc`, or undefined on systems without it. */
function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}
