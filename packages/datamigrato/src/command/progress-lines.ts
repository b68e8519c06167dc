import { durationText } from '../render/quantity.js';
import type { Session } from './session.js';

const interval = 10_000;

/** Says on stderr, every 10 s, how far something has come and after how long; gives what ends that. */
export function progressLines(session: Session, state: () => string): () => void {
  const { runtime } = session;
  const started = runtime.monotonicNow();
  const timer = setInterval(() => {
    session.remark(`after ${durationText(runtime.monotonicNow() - started)}: ${state()}`);
  }, interval);
  return () => clearInterval(timer);
}
