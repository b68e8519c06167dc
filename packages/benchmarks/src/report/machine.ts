import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** Where figures come from. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  /** Processes that wanted a core over the last minute, before the first measurement. */
  readonly load: number;
}

/** This machine. */
export function thisMachine(): Machine {
  const cores = cpus();
  return {
    system: `${type()} ${release()}`,
    processor: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
}

/** The machine in one line. */
export function machineText(machine: Machine): string {
  const memory = Math.round(machine.memoryBytes / 1024 ** 3);
  return `${machine.cores} × ${machine.processor}, ${memory} GiB, ${machine.system}, Node.js ${machine.node}`;
}
