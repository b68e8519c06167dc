import type { MigrationEvent } from '@datamigrato/core';
import { countText, durationText } from '../render/quantity.js';
import type { Session } from './session.js';

/** Says on stderr, every 10 s, how many records were tried against the target's limits. */
export interface CheckProgressView {
  event(event: MigrationEvent): void;
  end(): void;
}

const interval = 10_000;

/** The progress of a check in complete lines. */
export function checkProgress(session: Session): CheckProgressView {
  const { runtime } = session;
  const started = runtime.monotonicNow();
  let [records, beyond] = [0, 0];
  const timer = setInterval(() => {
    const elapsed = durationText(runtime.monotonicNow() - started);
    session.remark(`after ${elapsed}: ${countText(records)} records tried, ${countText(beyond)} beyond a limit`);
  }, interval);
  return {
    event(event) {
      if (event.type !== 'batch-checked') return;
      records += event.records;
      beyond += event.beyond;
    },
    end: () => clearInterval(timer),
  };
}
