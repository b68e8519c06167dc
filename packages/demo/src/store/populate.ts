import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandLine } from '../command-line.js';
import { realData } from '../data.js';
import { countText, say } from '../say.js';

/** Fills a store from JSON documents by the command that is there for that. Gives the numbers of records by entity. */
export async function populate(folder: string, datamigrato: CommandLine, url: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, what, records } of await realData(10)) {
    say(`${countText(records.length)} ${what}`);
    await writeFile(join(folder, `${name}.json`), JSON.stringify(records));
    await datamigrato.run(['populate', `${name}.json`, url]);
    counts.set(name, records.length);
  }
  return counts;
}
