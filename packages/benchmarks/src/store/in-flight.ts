/** Work of which at most so many pieces are under way at once. */
export interface InFlight {
  /** Waits for room, then starts a piece. Rejects where an earlier piece failed. */
  start(piece: () => Promise<unknown>): Promise<void>;
  /** Waits for everything that was started. */
  finish(): Promise<void>;
}

/** Keeps up to `limit` pieces under way. */
export function createInFlight(limit: number): InFlight {
  const underWay = new Set<Promise<void>>();
  return {
    async start(piece) {
      if (underWay.size >= limit) await Promise.race(underWay);
      const running = piece().then(() => {
        underWay.delete(running);
      });
      // Its failure is met by whoever waits next; until then it must not count as unhandled.
      running.catch(metByTheNextWait);
      underWay.add(running);
    },
    async finish() {
      await Promise.all(underWay);
    },
  };
}

function metByTheNextWait(): void {}
