import type { VerifiedBatch } from '@datamigrato/core';
import { countText, durationText } from '../render/quantity.js';
import type { Session } from './session.js';

/** Says on stderr, every 10 s, how much of both sides was read: a comparison of many records takes its time. */
export interface VerificationProgressView {
  read(batch: VerifiedBatch): void;
  end(): void;
}

const interval = 10_000;

/** The progress of a comparison in complete lines. */
export function verificationProgress(session: Session): VerificationProgressView {
  const { runtime } = session;
  const started = runtime.monotonicNow();
  const records = { source: 0, target: 0 };
  const timer = setInterval(() => {
    const elapsed = durationText(runtime.monotonicNow() - started);
    session.remark(
      `after ${elapsed}: ${countText(records.source)} records of the source and ${countText(records.target)} of the target read`,
    );
  }, interval);
  return {
    read(batch) {
      records[batch.side] += batch.records;
    },
    end: () => clearInterval(timer),
  };
}
