import type { Socket } from 'node:net';
import type { Fault, FaultState } from './fault-proxy-fault.js';

/** Bytes that may wait for a fault to let them through; beyond them the sender has to wait. */
const mostWaiting = 1024 * 1024;

/** A slow connection passes what it may in this many steps a second. */
const stepsPerSecond = 20;

/** One direction of a connection through a proxy. */
export interface Direction {
  readonly from: Socket;
  readonly to: Socket;
  readonly faults: FaultState;
  /** Sees bytes as they arrive; false keeps them from going further. */
  readonly admit: (bytes: Buffer) => boolean;
  readonly onPassed: (bytes: number) => void;
}

/** Passes bytes on as the fault of the moment allows, until a socket closes. */
export function passOn(direction: Direction): void {
  const { from, to, admit } = direction;
  const waiting: { readonly bytes: Buffer; readonly arrived: number }[] = [];
  const pause = new Pause(direction.faults, [from, to]);
  let bytesWaiting = 0;
  let isPassing = false;
  let hasEnded = false;

  const pass = async (): Promise<void> => {
    if (isPassing) return;
    isPassing = true;
    for (let next = waiting[0]; next !== undefined && !to.destroyed; next = waiting[0]) {
      await passBytes(next.bytes, next.arrived, direction, pause);
      waiting.shift();
      bytesWaiting -= next.bytes.length;
      if (bytesWaiting < mostWaiting) from.resume();
    }
    isPassing = false;
    if (hasEnded && !to.destroyed) to.end();
  };
  from.on('data', (bytes: Buffer) => {
    if (!admit(bytes)) return;
    waiting.push({ bytes, arrived: performance.now() });
    bytesWaiting += bytes.length;
    if (bytesWaiting >= mostWaiting) from.pause();
    void pass();
  });
  from.on('end', () => {
    hasEnded = true;
    if (!isPassing && !to.destroyed) to.end();
  });
}

async function passBytes(bytes: Buffer, arrived: number, direction: Direction, pause: Pause): Promise<void> {
  for (let start = 0; start < bytes.length && !direction.to.destroyed; ) {
    const { current: fault } = direction.faults;
    const wait = waitBefore(fault, arrived);
    if (wait > 0) {
      await pause.last(wait);
      continue;
    }
    const end = Math.min(bytes.length, start + pieceOf(fault));
    await write(direction, bytes.subarray(start, end));
    start = end;
    const after = waitAfter(fault);
    if (after > 0) await pause.last(after);
  }
}

function waitBefore(fault: Fault | undefined, arrived: number): number {
  if (fault?.type === 'hang') return Number.POSITIVE_INFINITY;
  if (fault?.type === 'latency') return arrived + fault.milliseconds - performance.now();
  return 0;
}

function pieceOf(fault: Fault | undefined): number {
  if (fault?.type === 'slice') return fault.bytes;
  if (fault?.type === 'slow') return Math.max(1, Math.floor(fault.bytesPerSecond / stepsPerSecond));
  return Number.POSITIVE_INFINITY;
}

function waitAfter(fault: Fault | undefined): number {
  if (fault?.type === 'slice') return fault.milliseconds;
  return fault?.type === 'slow' ? 1000 / stepsPerSecond : 0;
}

async function write({ to, onPassed }: Direction, bytes: Buffer): Promise<void> {
  onPassed(bytes.length);
  if (to.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      to.off('drain', end);
      to.off('close', end);
      resolve();
    };
    to.on('drain', end);
    to.on('close', end);
  });
}

/** A wait that ends early when the fault changes or a socket closes. */
class Pause {
  readonly #faults: FaultState;
  readonly #sockets: readonly Socket[];
  constructor(faults: FaultState, sockets: readonly Socket[]) {
    this.#faults = faults;
    this.#sockets = sockets;
  }

  last(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        forget();
        for (const socket of this.#sockets) socket.off('close', end);
        resolve();
      };
      const timer = Number.isFinite(milliseconds) ? setTimeout(end, Math.ceil(milliseconds)) : undefined;
      const forget = this.#faults.onChange(end);
      for (const socket of this.#sockets) socket.on('close', end);
    });
  }
}
