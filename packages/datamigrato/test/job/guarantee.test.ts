import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Datamigrato } from '../../src/index.js';
import { createPalette } from '../../src/render/palette.js';
import { renderSummary } from '../../src/render/summary.js';
import { trialConnector } from '../command-line/trial-connector.mjs';
import { temporaryFolder } from '../state/temporary-folder.js';

vi.setConfig({ testTimeout: 60_000 });

const shown = (summary: string): string => /^guarantee: (.*)$/m.exec(summary)?.[1] ?? 'none';

describe('R-32: what a run promises', () => {
  test.each(['replace', 'create', 'skip'] as const)(
    'is said of an idempotent target and of another in mode %s, in the plan, the report and the summary',
    async (writeMode) => {
      const folder = await temporaryFolder();
      const connectors = [trialConnector('trial'), trialConnector('appending', { idempotentWrites: false })];
      const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state'), connectors });
      const promises: unknown[] = [];
      for (const to of ['trial:', `file:${join(folder, 'archive')}`, 'appending:']) {
        const options = { from: 'trial:?records=20', to, writeMode };
        const plan = await datamigrato.plan(options);
        const result = await datamigrato.migrate(options);
        const summary = renderSummary(result, createPalette(false));
        promises.push([plan.entities[0]?.guarantee, result.entities[0]?.guarantee, shown(summary)]);
      }
      const once = ['effectively-once', 'effectively-once', 'each record effectively once'];
      expect(promises).toEqual([
        once,
        once,
        ['at-least-once', 'at-least-once', 'at least once, since a repeated write may leave a second trace in numbers'],
      ]);
    },
  );

  test('is kept for itself where a run that creates was not ended in order', async () => {
    const folder = await temporaryFolder();
    const datamigrato = new Datamigrato({ stateFolder: join(folder, 'state'), connectors: [trialConnector('trial')] });
    const options = { from: 'trial:?records=200', to: 'trial:?refuse=2', maximumDeadLetters: 3 };
    await expect(datamigrato.migrate({ ...options, writeMode: 'create' })).rejects.toMatchObject({
      code: 'DM_TOO_MANY_DEAD_LETTERS',
    });
    const notices: string[] = [];
    const migration = datamigrato.resume({ to: 'trial:' });
    for await (const event of migration) if (event.type === 'notice') notices.push(event.text);
    expect(notices).toEqual([
      expect.stringMatching(/goes on: \d+ records? of it (?:is|are) done$/),
      expect.stringMatching(/DM_RECORD_EXISTS.*datamigrato verify/),
    ]);
    expect((await migration).ledger.read).toBe(200);
  });
});
