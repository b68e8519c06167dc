import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceHarness, describeConnector } from '@datamigrato/connector-testkit';
import { describe, test } from 'vitest';
import { fileConnector } from '../../src/index.js';
import { archiveByHand } from './archive-by-hand.js';

const harness: ConformanceHarness = {
  connector: fileConnector,
  reach: 'local',
  async openPlace() {
    const folder = await mkdtemp(join(tmpdir(), 'datamigrato-conformance-'));
    const archive = join(folder, 'archive');
    await mkdir(archive);
    await writeFile(join(folder, 'file.txt'), 'a file, and no folder');
    return {
      options: { path: archive },
      unreachable: { path: join(folder, 'file.txt', 'archive') },
      secrets: [],
      oracle: archiveByHand(archive),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

describeConnector(harness, { describe, test });
