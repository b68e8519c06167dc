import type { MigrationEvent } from '@datamigrato/core';

/** An event as a line of JSON with its break, without secrets: `{"schema":"datamigrato.event/1","at":"…","type":"…",…}`. `wallClock` is in milliseconds. */
export function eventLine(event: MigrationEvent, wallClock: number, redact: (text: string) => string): string {
  const at = new Date(wallClock).toISOString();
  return `${redact(JSON.stringify({ schema: 'datamigrato.event/1', at, ...event }))}\n`;
}
