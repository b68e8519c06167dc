import type { VerifiedBatch } from '@datamigrato/core';
import { countText } from '../render/quantity.js';
import { progressLines } from './progress-lines.js';
import type { Session } from './session.js';

/** How much of both sides was read, in complete lines: a comparison of many records takes its time. */
export interface VerificationProgressView {
  read(batch: VerifiedBatch): void;
  end(): void;
}

/** Begins to tell of a comparison. */
export function verificationProgress(session: Session): VerificationProgressView {
  const records = { source: 0, target: 0 };
  return {
    read(batch) {
      records[batch.side] += batch.records;
    },
    end: progressLines(
      session,
      () => `${countText(records.source)} records of the source and ${countText(records.target)} of the target read`,
    ),
  };
}
