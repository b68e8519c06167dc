import type { MigrationEvent } from '@datamigrato/core';
import { countText } from '../render/quantity.js';
import { progressLines } from './progress-lines.js';
import type { Session } from './session.js';

/** How many records were tried against the target's limits, in complete lines. */
export interface CheckProgressView {
  event(event: MigrationEvent): void;
  end(): void;
}

/** Begins to tell of a check. */
export function checkProgress(session: Session): CheckProgressView {
  let [records, beyond] = [0, 0];
  return {
    event(event) {
      if (event.type !== 'batch-checked') return;
      records += event.records;
      beyond += event.beyond;
    },
    end: progressLines(session, () => `${countText(records)} records tried, ${countText(beyond)} beyond a limit`),
  };
}
