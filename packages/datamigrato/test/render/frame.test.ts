import { entityName, type MigrationEvent } from '@datamigrato/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderFrame, renderLine } from '../../src/render/frame.js';
import { createPalette } from '../../src/render/palette.js';
import { displayWidth } from '../../src/render/printable.js';
import { afterEvent, type Progress, rateOf, startOf, timeLeft, totalOf } from '../../src/render/progress.js';

const palette = createPalette(false);

type PlannedEntities = Parameters<typeof startOf>[0]['entities'];

/** The part of a plan that progress needs. */
function planned(...entities: readonly (readonly [name: string, records: number, exact: boolean])[]): Progress {
  const plans = entities.map(([name, records, exact]) => ({
    source: entityName(name),
    target: entityName(name),
    estimate: { records, exact, bytes: records * 100 },
    partitions: 4,
  }));
  return startOf({ entities: plans as readonly Partial<PlannedEntities[number]>[] as PlannedEntities });
}

const ledgerOf = (read: number) => ({ read, written: read, unchanged: 0, dead: 0, filtered: 0 });
const prepared = (name: string): MigrationEvent => ({
  type: 'entity-prepared',
  source: entityName(name),
  target: entityName(name),
  statements: 0,
});
const moved = (name: string, records: number): readonly MigrationEvent[] => [
  { type: 'batch-read', source: entityName(name), partition: 'a', records, bytes: records * 100 },
  {
    type: 'batch-written',
    source: entityName(name),
    partition: 'a',
    records,
    unchanged: 0,
    failed: 0,
    milliseconds: 5,
  },
];
const finished = (name: string, read: number): MigrationEvent => ({
  type: 'entity-finished',
  source: entityName(name),
  target: entityName(name),
  ledger: ledgerOf(read),
});

function after(
  start: Progress,
  ...steps: readonly (readonly [at: number, ...events: readonly MigrationEvent[]])[]
): Progress {
  return steps.reduce(
    (progress, [at, ...events]) => events.reduce((one, event) => afterEvent(one, event, at), progress),
    start,
  );
}

describe('a frame', () => {
  const progress = after(
    planned(['users', 50_000, true], ['orders', 52_000, false], ['audit', 10, true]),
    [0, prepared('users')],
    [500, ...moved('users', 50_000)],
    [1_000, finished('users', 50_000), prepared('orders')],
    [2_000, ...moved('orders', 13_000)],
    [3_000, ...moved('orders', 13_000)],
  );

  test('shows a bar for each entity', () => {
    expect(renderFrame(progress, { width: 100, now: 3_000, palette })).toMatchInlineSnapshot(`
      "users   ━━━━━━━━━━━━━━━━━━━━━━━━  50,000 / 50,000        50 k/s     done
      orders  ━━━━━━━━━━━━────────────  26,000 / ≈52,000       13 k/s     ETA 2.0 s
      audit   ────────────────────────  0 / 10                            waiting"
    `);
  });

  test('leaves the bars out where a terminal is narrow', () => {
    expect(renderFrame(progress, { width: 56, now: 3_000, palette })).toMatchInlineSnapshot(`
      "users   50,000 / 50,000        50 k/s     done
      orders  26,000 / ≈52,000       13 k/s     ETA 2.0 s
      audit   0 / 10                            waiting"
    `);
  });

  test('shows eight entities of many, those that run first', () => {
    const many = planned(...Array.from({ length: 20 }, (_, index) => [`e${index}`, 10, true] as const));
    const running = after(many, [0, prepared('e13')]);
    const lines = renderFrame(running, { width: 100, now: 1, palette }).split('\n');
    expect(lines).toHaveLength(9);
    expect(lines.at(-2)).toMatch(/^e13 /);
    expect(lines.at(-1)).toBe('and 12 more entities, 19 of all still waiting');
  });

  test('S-16 names of the source cannot steer the terminal', () => {
    const frame = renderFrame(planned(['a\u001b[2Jb\u202e', 1, true]), { width: 100, now: 0, palette });
    expect(frame).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(frame).toMatch(/^a\?\[2Jb\? /);
  });

  test('is never wider than the terminal and never above its total, whatever happens', () => {
    const step = fc.record({ at: fc.nat(2_000), records: fc.nat(5_000), dead: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.nat(20_000),
        fc.boolean(),
        fc.integer({ min: 40, max: 160 }),
        (steps, estimate, exact, width) => {
          let now = 0;
          let at = after(planned(['orders', estimate, exact]), [0, prepared('orders')]);
          for (const { at: pause, records, dead } of steps) {
            now += pause;
            at = after(at, [now, ...moved('orders', records)]);
            if (dead)
              at = after(at, [
                now,
                { type: 'record-dead', source: entityName('orders'), partition: 'a', stage: 'write', code: 'DM_X' },
              ]);
            const frame = renderFrame(at, { width, now, palette });
            expect(displayWidth(frame)).toBeLessThanOrEqual(width);
            expect(frame).not.toMatch(/\d{3,} ?%|NaN|Infinity|undefined|-\d/);
            const [entity] = at.entities;
            if (entity === undefined) throw new TypeError('the entity is gone');
            expect(totalOf(entity).records).toBeGreaterThanOrEqual(entity.read);
            expect(entity.read).toBeGreaterThanOrEqual(entity.done);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('a change that could not be written while catching up is dead, and none of the records read', () => {
  const progress = after(
    planned(['orders', 14, false]),
    [0, prepared('orders')],
    [500, ...moved('orders', 14)],
    [1_000, finished('orders', 14)],
    [1_500, { type: 'record-dead', source: entityName('orders'), partition: 'changes', stage: 'write', code: 'DM_X' }],
  );
  expect(renderFrame(progress, { width: 80, now: 1_500, palette })).toMatch(/14 \/ 14 .* done {2}1 dead$/);
});

describe('an estimate that is passed', () => {
  test('gives way to what the finished partitions hold', () => {
    const [entity] = after(
      planned(['orders', 100, false]),
      [0, prepared('orders'), { type: 'partition-started', source: entityName('orders'), partition: 'a' }],
      [1_000, ...moved('orders', 500)],
      [1_000, { type: 'partition-finished', source: entityName('orders'), partition: 'a', ledger: ledgerOf(500) }],
    ).entities;
    if (entity === undefined) throw new TypeError('the entity is gone');
    expect(totalOf(entity)).toEqual({ records: 2_000, exact: false, passed: false });
    expect(timeLeft(entity, 1_000)).toBe(3_000);
  });

  test('is shown as passed where nothing better is known, without a time', () => {
    const passed = after(planned(['orders', 100, false]), [0, prepared('orders')], [1_000, ...moved('orders', 150)]);
    expect(renderFrame(passed, { width: 100, now: 1_000, palette })).toMatchInlineSnapshot(
      `"orders  ━━━━━━━━━━━━━━━━━━━━━━━─  150 ≈                  150 /s"`,
    );
  });
});

test('what earlier starts had done counts, and not as speed', () => {
  const resumed = (partition: string, read: number, finished: boolean): MigrationEvent => ({
    type: 'partition-resumed',
    source: entityName('orders'),
    partition,
    ledger: { ...ledgerOf(read), dead: 1, written: read - 1 },
    finished,
  });
  const progress = after(
    planned(['orders', 10_000, true]),
    [0, prepared('orders')],
    [0, resumed('a', 4_000, true)],
    [0, resumed('b', 2_000, false)],
    [1_000, ...moved('orders', 500)],
  );
  const [entity] = progress.entities;
  if (entity === undefined) throw new TypeError('the entity is gone');
  expect(entity).toMatchObject({ done: 6_500, doneBefore: 6_000, dead: 2, partitions: { started: 1, finished: 1 } });
  expect(rateOf(entity, 1_000)).toBe(500);
  expect(timeLeft(entity, 1_000)).toBe(7_000);
});

test('a rate is that of the last ten seconds', () => {
  let progress = after(planned(['orders', 1_000_000, true]), [0, prepared('orders')]);
  for (let at = 1_000; at <= 20_000; at += 1_000)
    progress = after(progress, [at, ...moved('orders', at <= 10_000 ? 1_000 : 100)]);
  const [entity] = progress.entities;
  if (entity === undefined) throw new TypeError('the entity is gone');
  expect(rateOf(entity, 20_000)).toBe(100);
});

test('a line says all without a cursor code', () => {
  const progress = after(
    planned(['users', 50_000, true], ['orders', 52_000, false]),
    [0, prepared('users')],
    [2_000, ...moved('users', 30_000)],
  );
  expect(renderLine(progress, 2_000)).toBe('30,000 of ≈102,000 records, 0 of 2 entities done, 15 k/s');
});
