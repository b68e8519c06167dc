/**
 * Time and chance as core sees them.
 *
 * Core never asks the platform for either, so that a test can own both: the same seed and the same virtual clock give the same run.
 */
export interface Runtime {
  /** Milliseconds since an arbitrary moment, with fractions. Never goes back, whatever happens to the clock on the wall. */
  monotonicNow(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z, for showing and for names. Never for measuring how long something took. */
  wallClock(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
  /**
   * Resolves after so many milliseconds, and rejects with the signal's reason once the signal is aborted, at once if it already is.
   * Leaves neither a timer nor a listener behind.
   */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
