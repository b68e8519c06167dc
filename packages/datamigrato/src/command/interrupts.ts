/** A signal that a person or a supervisor ends a process with. */
type EndingSignal = 'SIGINT' | 'SIGTERM';

/** The ending signals of this process, listened to only while something can be ended in order. */
export interface Interrupts {
  /** The first ending signal that came, if one did. */
  readonly received: EndingSignal | undefined;
  /** Calls back with how many signals have come by then, until the returned function is called. */
  listen(onSignal: (count: number, signal: EndingSignal) => void): () => void;
}

/** The signals of a process. */
export function createInterrupts(source: Pick<NodeJS.Process, 'on' | 'off'>): Interrupts {
  let received: EndingSignal | undefined;
  return {
    get received() {
      return received;
    },
    listen(onSignal) {
      let count = 0;
      const handler = (signal: EndingSignal): void => {
        received ??= signal;
        count += 1;
        onSignal(count, signal);
      };
      source.on('SIGINT', handler);
      source.on('SIGTERM', handler);
      return () => {
        source.off('SIGINT', handler);
        source.off('SIGTERM', handler);
      };
    },
  };
}
