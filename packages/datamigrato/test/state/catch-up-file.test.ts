import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CatchUpState, entityName } from '@datamigrato/core';
import { expect, test } from 'vitest';
import { createCatchUpFile } from '../../src/state/catch-up-file.js';
import { runFolder } from './temporary-folder.js';

const state: CatchUpState = {
  schema: 'datamigrato.catch-up-state/1',
  end: { quiet: 5000 },
  entities: [
    {
      source: entityName('films'),
      target: entityName('movies'),
      position: { _data: '82ab' },
      ledger: { changes: 3, written: 1, deleted: 1, dead: 0 },
    },
  ],
};

test('what was saved last is loaded, and nothing is there before', async () => {
  const folder = await runFolder();
  const file = createCatchUpFile(folder);
  expect(await file.load()).toBeUndefined();
  await file.save({ ...state, entities: [] });
  await file.save(state);
  expect(await createCatchUpFile(folder).load()).toEqual(state);
  expect((await stat(join(folder, 'catch-up-state'))).mode & 0o777).toBe(0o600);
});

test('R-10: a state that was changed or cut is refused at every byte', async () => {
  const folder = await runFolder();
  const file = createCatchUpFile(folder);
  await file.save(state);
  const path = join(folder, 'catch-up-state');
  const whole = await readFile(path);
  for (let place = 0; place < whole.length; place += 1) {
    const flipped = Buffer.from(whole);
    flipped[place] = (flipped[place] ?? 0) ^ 0x01;
    await writeFile(path, flipped);
    await expect(file.load(), `byte ${place} changed`).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
    await writeFile(path, whole.subarray(0, place));
    await expect(file.load(), `cut at ${place}`).rejects.toMatchObject({ code: 'DM_STATE_UNTRUSTED' });
  }
});
