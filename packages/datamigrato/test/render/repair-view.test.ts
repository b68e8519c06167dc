import { entityName, type VerificationReport } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import type { RepairResult } from '../../src/job/repair-job.js';
import { createPalette } from '../../src/render/palette.js';
import { renderRepair } from '../../src/render/repair-view.js';

const names = { source: entityName('movies'), target: entityName('movies') };
const endpoint = { connector: 'cassandra', version: '1.0.0', endpoint: 'cassandra://host/shop' };

function verificationOf(changed: number): VerificationReport {
  return {
    schema: 'datamigrato.verification/1',
    plan: 'p',
    source: endpoint,
    target: endpoint,
    level: 'records',
    covers: 'every record',
    startedAt: '2026-11-24T10:00:00.000Z',
    finishedAt: '2026-11-24T10:00:01.000Z',
    resumed: false,
    verdict: changed > 0 ? 'different' : 'equal',
    entities: [
      {
        ...names,
        verdict: changed > 0 ? 'different' : 'equal',
        expected: 10,
        unmappable: 0,
        actual: 10,
        counted: { source: 10, target: 10 },
        compared: 10,
        tally: { missing: 0, extra: 0, changed, duplicated: 0 },
        differingBuckets: changed,
        settled: 0,
        differedFor: 0,
        sample: null,
        differences: [],
      },
    ],
  };
}

function resultOf(done: {
  readonly written: number;
  readonly refused: number;
  readonly stillChanged: number;
}): RepairResult {
  const { written, refused, stillChanged } = done;
  const found = { missing: 0, extra: 0, changed: written + refused, duplicated: 0 };
  return {
    schema: 'datamigrato.repair/1',
    plan: 'p',
    dryRun: false,
    entities: [{ ...names, found, written, deleted: 0, kept: 0, refused }],
    verification: verificationOf(stillChanged),
    runId: '2026-11-24-k7mw',
    reportFile: null,
  };
}

const render = (result: RepairResult): string =>
  renderRepair(result, { palette: createPalette(false), listed: 20, showKeys: false, allowDelete: false });

describe('a repair as it is shown', () => {
  test('A-20 A-46 says aloud what the target acknowledged and does not show, and why that may be', () => {
    const text = render(resultOf({ written: 3, refused: 1, stillChanged: 3 }));
    expect(text).toContain('✖ 2 records were acknowledged by the target, and it does not show them');
    expect(text).toContain('write time in the future');
  });

  test('does not suspect what the target refused, or what was mended', () => {
    expect(render(resultOf({ written: 3, refused: 1, stillChanged: 1 }))).not.toContain('acknowledged');
    expect(render(resultOf({ written: 3, refused: 0, stillChanged: 0 }))).toContain('✔ equal');
  });
});
