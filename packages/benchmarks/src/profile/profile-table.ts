import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markdownTable, type Table } from '../report/table.js';
import { type CpuProfile, type FunctionTime, functionTimes } from './cpu-profile.js';
import { createPlaceFinder, type PlaceFinder } from './original-place.js';

const shownFunctions = 40;

/** Where the time of the profiles in a folder went, as Markdown: by package, and by function. */
export async function profileTable(folder: string): Promise<string> {
  const finder = createPlaceFinder(fileURLToPath(new URL('../../..', import.meta.url)));
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'));
  const sections: string[] = [];
  for (const file of files) {
    const times = functionTimes(JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile);
    sections.push(
      `#### ${file}\n\n${markdownTable(packageTable(times, finder))}\n\n${markdownTable(functionTable(times, finder))}\n`,
    );
  }
  return sections.join('\n');
}

function packageTable(times: readonly FunctionTime[], finder: PlaceFinder): Table {
  const busy = sum(times);
  const byPackage = new Map<string, number>();
  for (const time of times) {
    const name = time.frame.url === '' ? time.frame.functionName || 'node' : finder.packageOf(time.frame);
    const group = time.frame.url === '' && !name.startsWith('(') ? 'node' : name;
    byPackage.set(group, (byPackage.get(group) ?? 0) + time.self);
  }
  const rows = [...byPackage].sort(([, left], [, right]) => right - left);
  return {
    columns: ['package', 'ms', '%'],
    rows: rows.map(([name, self]) => [name, milliseconds(self), percent(self, busy)]),
  };
}

function functionTable(times: readonly FunctionTime[], finder: PlaceFinder): Table {
  const busy = sum(times);
  const rows = times
    .slice(0, shownFunctions)
    .map(({ frame, self, total }) => [
      `${frame.functionName || '(anonymous)'} ${finder.placeOf(frame)}`,
      milliseconds(self),
      percent(self, busy),
      percent(total, busy),
    ]);
  return { columns: ['function', 'self ms', 'self %', 'with callees %'], rows };
}

function sum(times: readonly FunctionTime[]): number {
  return times.reduce((all, { self }) => all + self, 0);
}

function milliseconds(microseconds: number): string {
  return (microseconds / 1000).toFixed(0);
}

function percent(part: number, whole: number): string {
  return ((100 * part) / whole).toFixed(1);
}
