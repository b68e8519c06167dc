import {
  child,
  type DatabaseReference,
  type DataSnapshot,
  goOffline,
  goOnline,
  off,
  onValue,
  ref,
  set,
  setPriority,
  update,
} from '@firebase/database';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { storableData } from './data-arbitrary.js';
import { openWeb } from './web-client.js';

let server: RealtimeServer;
let client: ReturnType<typeof openWeb>;
beforeAll(async () => {
  server = await startRealtimeServer();
  client = openWeb(server);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

type Write =
  | { readonly type: 'set' | 'setPriority'; readonly path: string; readonly value: unknown }
  | { readonly type: 'update'; readonly values: Record<string, unknown> };

async function perform(write: Write, place: DatabaseReference): Promise<void> {
  if (write.type === 'update') return update(place, write.values);
  const below = child(place, write.path);
  if (write.type === 'set') return set(below, write.value);
  return setPriority(below, typeof write.value === 'number' ? write.value : null);
}

const key = fc.constantFrom('a', 'b', 'é', '0', '1', '2');
const path = fc.array(key, { minLength: 1, maxLength: 3 }).map((keys) => keys.join('/'));
const data = fc.oneof(storableData(), fc.constant(null), fc.constant([1, null, 'x']), fc.constant({ a: {}, b: [] }));
const parts = fc.uniqueArray(fc.tuple(key, fc.option(key, { nil: undefined }), data), {
  selector: ([first]) => first,
  maxLength: 4,
});
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ type: fc.constant('set' as const), path, value: data }),
  fc.record({ type: fc.constant('setPriority' as const), path, value: fc.option(fc.integer({ min: -3, max: 3 })) }),
  parts.map((given) => ({
    type: 'update' as const,
    values: Object.fromEntries(given.map(([first, second, value]) => [second ? `${first}/${second}` : first, value])),
  })),
);

test('what a library makes of its writes while it is alone is what the server makes of them', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(storableData(), fc.array(write, { minLength: 1, maxLength: 8 }), async (before, writes) => {
      run += 1;
      const name = `t${run}`;
      server.write(name, before);
      const place = ref(client.database, name);
      let latest: DataSnapshot | undefined;
      await new Promise<void>((resolve, reject) => {
        const heard = (snapshot: DataSnapshot): void => {
          latest = snapshot;
          resolve();
        };
        onValue(place, heard, reject);
      });
      goOffline(client.database);
      let written: Promise<void>[];
      let alone: unknown;
      try {
        written = writes.map((each) => perform(each, place));
        // What is sent is JSON, which has no negative zero.
        alone = JSON.parse(JSON.stringify(latest?.exportVal()));
      } finally {
        goOnline(client.database);
      }
      await Promise.all(written);
      expect(server.read(name)).toEqual(alone);
      off(place);
    }),
    { numRuns: 100 },
  );
}, 60_000);
