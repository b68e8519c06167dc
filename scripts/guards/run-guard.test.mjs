import { expect, test } from 'vitest';
import { runGuard } from './run-guard.mjs';

const guard = (check) => ({ name: 'planted', unit: 'files', atLeast: 2, check });

test('passes when nothing is wrong and enough was checked', async () => {
  const outcome = await runGuard(
    guard(() => ({ checked: 2, problems: [] })),
    '.',
  );
  expect(outcome).toEqual({ name: 'planted', unit: 'files', checked: 2, problems: [], passed: true });
});

test('fails on a problem', async () => {
  expect(
    await runGuard(
      guard(async () => ({ checked: 9, problems: ['bad'] })),
      '.',
    ),
  ).toMatchObject({
    passed: false,
    problems: ['bad'],
  });
});

test('fails when less than the floor was checked, though nothing is wrong', async () => {
  const outcome = await runGuard(
    guard(() => ({ checked: 1, problems: [] })),
    '.',
  );
  expect(outcome).toMatchObject({ passed: false, problems: ['checked 1 files, expected at least 2'] });
});

test('fails when the check breaks, with the cause', async () => {
  const broken = guard(() => {
    throw new Error('cannot start tool', { cause: new Error('ENOENT') });
  });
  const { passed, problems } = await runGuard(broken, '.');
  expect(passed).toBe(false);
  expect(problems[0]).toBe('the guard broke: cannot start tool: ENOENT');
});
