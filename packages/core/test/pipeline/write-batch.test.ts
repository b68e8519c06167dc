import { describe, expect, it } from 'vitest';
import {
  createRetryBudget,
  DatamigratoError,
  type EntityName,
  type Target,
  type WriteFailure,
} from '../../src/index.js';
import { type BatchOutcome, writeBatch } from '../../src/pipeline/write-batch.js';
import { createVirtualRuntime } from '../virtual-runtime.js';

const passing = (index: number): WriteFailure => ({
  index,
  error: new DatamigratoError({ code: 'DM_TEST_BUSY', category: 'transient', retry: 'safe', message: 'busy' }),
});
const refused = (index: number): WriteFailure => ({
  index,
  error: new DatamigratoError({ code: 'DM_TEST_REFUSED', category: 'record', message: 'refused' }),
});

/** Writes `a b c d` to a target that gives these failures, answer by answer; says what each request held. */
async function write(
  answers: readonly (readonly WriteFailure[])[],
): Promise<{ readonly outcome: BatchOutcome; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const target: Target<unknown> = {
    planEntity: async () => ({ exists: true, statements: [], conflicts: [], fingerprint: '' }),
    prepareEntity: async () => {},
    async writeBatch(_entity, records) {
      requests.push(records.join(''));
      return { failures: answers[requests.length - 1] ?? [], unchanged: 0 };
    },
  };
  const runtime = createVirtualRuntime(1);
  const writing = {
    target,
    entity: 'letters' as EntityName,
    mode: 'replace',
    deadline: 1000,
    signal: new AbortController().signal,
    runtime,
    where: 'test:letters',
    idempotent: true,
    budget: createRetryBudget({ runtime }),
  } as const;
  return { outcome: await runtime.run(writeBatch(['a', 'b', 'c', 'd'], writing)), requests };
}

describe('writing a batch', () => {
  it('A-14 writes again exactly the records that failed, in whatever order a target names them', async () => {
    const { requests } = await write([[passing(3), passing(0), passing(2), passing(1)], [passing(3)], [passing(0)]]);
    expect(requests).toEqual(['abcd', 'abcd', 'd', 'd']);
  });

  it('knows a refused record by its place in the batch after others were left out', async () => {
    const { outcome, requests } = await write([[passing(3), passing(1)], [refused(1)]]);
    expect(requests).toEqual(['abcd', 'bd']);
    expect([...outcome.rejected.keys()]).toEqual([3]);
  });

  it('does not write again what was refused for good', async () => {
    const { outcome, requests } = await write([[refused(1), passing(1), passing(2)]]);
    expect(requests).toEqual(['abcd', 'c']);
    expect([...outcome.rejected.keys()]).toEqual([1]);
  });
});
