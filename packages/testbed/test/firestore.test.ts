import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFirestoreJar } from '../src/firestore-jar.js';
import { createGuardedFolder, describeWithOwnServer, describeWithServer, startFirestore } from '../src/index.js';
import { eventually, isRunning } from './leftovers.js';

const document = (port: number, project: string): string =>
  `http://127.0.0.1:${port}/v1/projects/${project}/databases/(default)/documents/movies/1`;

async function write(port: number, project: string): Promise<number> {
  const body = JSON.stringify({ fields: { title: { stringValue: 'Arrival' } } });
  return (await fetch(document(port, project), { method: 'PATCH', body })).status;
}

await describeWithServer('firestore', 'the shared Firestore emulator', ({ url, host, port }) => {
  test('keeps documents of a project apart from those of others', async () => {
    expect(url).toBe(`firestore://demo-datamigrato/(default)?emulator=${host}:${port}`);
    expect(await write(port, 'demo-testbed-a')).toBe(200);
    expect((await fetch(document(port, 'demo-testbed-a'))).status).toBe(200);
    expect((await fetch(document(port, 'demo-testbed-b'))).status).toBe(404);
  }, 60_000);
});

await describeWithOwnServer(
  'a Firestore emulator of one’s own',
  () => startFirestore(),
  (server) => {
    test('forgets everything at a restart on the same port, and leaves no process', async () => {
      expect(await write(server.port, 'demo-own')).toBe(200);
      const first = server.pid;
      await server.restart();
      expect((await fetch(document(server.port, 'demo-own'))).status).toBe(404);
      await server.stop();
      for (const pid of [first, server.pid])
        await eventually(`process ${pid} ends`, async () => !(await isRunning(pid)));
    }, 90_000);
  },
);

test('takes the emulator of the Google Cloud SDK that the environment names', async () => {
  const sdk = await createGuardedFolder('sdk');
  const folder = join(sdk.path, 'platform', 'cloud-firestore-emulator');
  await mkdir(folder, { recursive: true });
  const jar = join(folder, 'cloud-firestore-emulator.jar');
  await writeFile(jar, 'a jar');
  expect(await findFirestoreJar({ CLOUDSDK_ROOT_DIR: sdk.path })).toMatchObject({ path: jar });
  await sdk.remove();
});
