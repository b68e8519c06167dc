import type { EntityName, WriteMode } from '@datamigrato/core';
import { qualified, quoted } from './identifier.js';
import type { RowLayout } from './row.js';

/** What is fixed for all writes of a connection. */
export interface WriteSettings {
  /** Seconds after which what is written goes away. */
  readonly timeToLive: number | undefined;
  /** Microseconds since 1970 that count as the time of writing; absent: the time when it is written. */
  readonly writeTimestamp: bigint | undefined;
}

/** The statement that writes a row of a layout. */
export function insertStatement(
  keyspace: string,
  entity: EntityName,
  layout: RowLayout,
  mode: WriteMode,
  settings: WriteSettings,
): string {
  const names = layout.columns.map((column) => quoted(column.name));
  const condition = mode === 'replace' ? '' : ' IF NOT EXISTS';
  const using = [
    ...(settings.timeToLive === undefined ? [] : [`TTL ${settings.timeToLive}`]),
    ...(settings.writeTimestamp === undefined ? [] : [`TIMESTAMP ${settings.writeTimestamp}`]),
  ];
  const usingText = using.length === 0 ? '' : ` USING ${using.join(' AND ')}`;
  return `INSERT INTO ${qualified(keyspace, entity)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})${condition}${usingText}`;
}
