import { join } from 'node:path';
import { startRealtimeServer } from '@datamigrato/realtime-server';
import { DemoFailure } from '../demo-failure.js';
import { sortedText } from '../extended-text.js';
import type { DemoStore } from './demo-store.js';
import { populate } from './populate.js';

/** The embedded Realtime Database, with its data in a folder. */
export const realtime: DemoStore = {
  name: 'realtime',
  title: 'Realtime Database (embedded)',
  depthLimit: 'a Realtime Database has 32 levels',
  async start({ folder }) {
    const server = await startRealtimeServer({ folder: join(folder, 'realtime-database') });
    const url = (place: string): string => `rtdb://${place}?emulator=${server.host}:${server.port}`;
    return {
      url,
      fill: (datamigrato) => populate(folder, datamigrato, url('shop')),
      async read(place, entity) {
        const answer = await fetch(`${server.url}/${entity}.json?ns=${place}&format=export`);
        const children: unknown = await answer.json();
        if (!answer.ok || typeof children !== 'object' || children === null)
          throw new DemoFailure(`${entity} of ${place} cannot be read: ${answer.status}`);
        return Object.entries(children).map(sortedText);
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};
