import { expect, test } from 'vitest';
import { countResults } from './count-results.mjs';

const testFile = (statuses, status = 'passed') => ({
  name: '/clone/packages/core/src/a.test.ts',
  status,
  message: '',
  assertionResults: statuses.map((each) => ({ status: each, fullName: `a ${each} test` })),
});
const green = {
  tests: { report: { testResults: [testFile(['passed', 'passed'])] }, exitCode: 0 },
  guards: { report: [{ name: 'a guard', passed: true }], exitCode: 0 },
  testedFolders: ['core'],
  isCi: true,
};
const count = (changes) => countResults({ ...green, ...changes });

test('adds tests and guards', () => {
  expect(count({})).toEqual({ passed: 3, failed: 0, skipped: 0, remarks: [], exitCode: 0 });
});

test.each([
  ['a failed test', { tests: { report: { testResults: [testFile(['passed', 'failed'], 'failed')] }, exitCode: 1 } }],
  ['a file that broke', { tests: { report: { testResults: [testFile(['passed'], 'failed')] }, exitCode: 1 } }],
  ['an error outside the tests', { tests: { ...green.tests, exitCode: 1 } }],
  ['a failed guard', { guards: { report: [{ name: 'a guard', passed: false }], exitCode: 1 } }],
  ['guards that broke', { guards: { ...green.guards, exitCode: 1 } }],
  ['no guard', { guards: { report: [], exitCode: 0 } }],
  ['no report of the guards', { guards: { report: undefined, exitCode: 0 } }],
  ['a package without tests', { testedFolders: ['core', 'file'] }],
])('counts %s as one failure', (_, changes) => {
  const { failed, exitCode } = count(changes);
  expect({ failed, exitCode }).toEqual({ failed: 1, exitCode: 1 });
});

test('a run without tests fails', () => {
  expect(count({ tests: { report: { testResults: [] }, exitCode: 0 } }).exitCode).toBe(1);
  expect(count({ tests: { report: undefined, exitCode: 0 } }).exitCode).toBe(1);
});

test('a skipped test fails a CI run only, and is named', () => {
  const tests = { report: { testResults: [testFile(['passed', 'skipped', 'todo'])] }, exitCode: 0 };
  expect(count({ tests })).toMatchObject({ passed: 2, failed: 0, skipped: 2, exitCode: 1 });
  const elsewhere = count({ tests, isCi: false });
  expect(elsewhere).toMatchObject({ skipped: 2, exitCode: 0 });
  expect(elsewhere.remarks).toContain('skipped: a skipped test');
});
