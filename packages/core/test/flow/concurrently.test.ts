import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { concurrently } from '../../src/index.js';

const never = new AbortController().signal;

describe('concurrently', () => {
  test('each item is worked on once, and never more of them at a time than allowed', async () => {
    const seen: number[] = [];
    let [underWay, most] = [0, 0];
    await concurrently(Array(20).keys(), 3, never, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await turn();
      underWay -= 1;
      seen.push(item);
    });
    expect(seen.sort((left, right) => left - right)).toEqual([...Array(20).keys()]);
    expect(most).toBe(3);
  });

  test('after a failure no further item is begun, and the failure comes once nothing is under way', async () => {
    const begun: number[] = [];
    let underWay = 0;
    const failing = concurrently(Array(20).keys(), 2, never, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('the second one');
      underWay += 1;
      await turn();
      await turn();
      underWay -= 1;
    });
    await expect(failing).rejects.toThrow('the second one');
    expect(begun).toEqual([0, 1]);
    expect(underWay).toBe(0);
  });

  test('of several failures the first is thrown', async () => {
    const failing = concurrently([2, 1], 2, never, async (turns) => {
      for (let left = turns; left > 0; left -= 1) await turn();
      throw new Error(`after ${turns}`);
    });
    await expect(failing).rejects.toThrow('after 1');
  });

  test('once the signal is aborted no further item is begun, and its reason is thrown', async () => {
    const stop = new AbortController();
    const begun: number[] = [];
    const stopped = concurrently(Array(20).keys(), 2, stop.signal, async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) stop.abort(new Error('enough'));
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(begun.length).toBeLessThanOrEqual(4);
    expect(begun.slice(0, 2)).toEqual([0, 1]);
  });

  test('nothing to do is done at once', async () => {
    await expect(concurrently([], 4, never, () => Promise.reject(new Error('not called')))).resolves.toBeUndefined();
  });
});
