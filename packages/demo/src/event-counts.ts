import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What a command did by its own events, up to its end or its death. */
export interface EventCounts {
  readonly read: number;
  readonly written: number;
}

/** Counts the whole lines of a file of events, which may be in the making or not there yet. */
export async function countsOf(path: string): Promise<EventCounts> {
  if (!existsSync(path)) return { read: 0, written: 0 };
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  const events = lines.map((line): { readonly type: string; readonly records?: number } => JSON.parse(line));
  const sum = (type: string): number =>
    events.reduce((all, event) => all + (event.type === type ? (event.records ?? 0) : 0), 0);
  return { read: sum('batch-read'), written: sum('batch-written') };
}
