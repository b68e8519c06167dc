import { join } from 'node:path';
import { readArchive } from '../archive.js';
import { awkwardDocuments, realData } from '../data.js';
import { readCollection, writeCollection } from '../dump.js';
import { countText, say, sayMore } from '../say.js';
import type { DemoStore } from './demo-store.js';

/** A MongoDB dump as a source, typed archives as targets. */
export const file: DemoStore = {
  name: 'file',
  title: 'typed archive',
  sourceTitle: 'MongoDB dump',
  async start({ folder }) {
    const dump = join(folder, 'dump', 'shop');
    return {
      url: (place) => (place === 'shop' ? 'file:./dump/shop' : `file:./${place}`),
      async fill() {
        const sets = [...(await realData(5)), awkwardDocuments];
        say('a folder as mongodump leaves it, ./dump/shop');
        for (const { name, what, records } of sets) {
          sayMore(`${countText(records.length)} ${what}`);
          await writeCollection(dump, name, records);
        }
        return new Map(sets.map(({ name, records }) => [name, records.length]));
      },
      read: (place, entity) =>
        place === 'shop' ? readCollection(dump, entity) : readArchive(join(folder, place), entity),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};
