/**
 * Adds the tests that vitest ran and the guards up to one verdict.
 *
 * A report that is missing, a test file that broke before its first test, an exit code that no counted failure explains,
 * and a published package without one passed test each count as a failure. Skipped tests fail the run on a CI machine.
 *
 * @param {object} input
 * @param {{ report: object | undefined, exitCode: number }} input.tests vitest's JSON report
 * @param {{ report: object[] | undefined, exitCode: number }} input.guards outcomes as run-guards.mjs writes them
 * @param {string[]} input.testedFolders folders in packages/ of which each must have a passed test
 * @param {boolean} input.isCi
 * @returns {{ passed: number, failed: number, skipped: number, remarks: string[], exitCode: number }}
 */
export function countResults({ tests, guards, testedFolders, isCi }) {
  const remarks = [];
  const files = tests.report?.testResults ?? [];
  const results = files.flatMap((file) => file.assertionResults.map((each) => ({ ...each, file: file.name })));
  const withStatus = (...statuses) => results.filter(({ status }) => statuses.includes(status));

  const passedTests = withStatus('passed');
  const skippedTests = withStatus('skipped', 'pending', 'todo', 'disabled');
  let failed = results.length - passedTests.length - skippedTests.length;
  const fail = (remark) => {
    failed += 1;
    remarks.push(remark);
  };

  for (const file of files) {
    const explains = file.assertionResults.some(({ status }) => status === 'failed');
    if (file.status === 'failed' && !explains)
      fail(`broke outside its tests: ${file.name}: ${file.message ?? ''}`.trim());
  }
  if (tests.report === undefined) fail('vitest left no report');
  else if (tests.exitCode !== 0 && failed === 0) fail(`the tests exit ${tests.exitCode} though none failed`);
  for (const folder of testedFolders) {
    const isTested = passedTests.some(({ file }) => file.replaceAll('\\', '/').includes(`/packages/${folder}/`));
    if (!isTested) fail(`no test of packages/${folder} passed`);
  }

  const outcomes = guards.report ?? [];
  const failedGuards = outcomes.filter(({ passed }) => !passed);
  failed += failedGuards.length;
  remarks.push(...failedGuards.map(({ name }) => `guard failed: ${name}`));
  if (outcomes.length === 0) fail('no guard ran');
  else if (guards.exitCode !== 0 && failedGuards.length === 0)
    fail(`the guards exit ${guards.exitCode} though none failed`);

  remarks.push(...skippedTests.map(({ fullName }) => `skipped: ${fullName}`));
  const isSkipFatal = isCi && skippedTests.length > 0;
  if (isSkipFatal) remarks.push('skipped tests fail a run with CI=true');
  return {
    passed: passedTests.length + outcomes.length - failedGuards.length,
    failed,
    skipped: skippedTests.length,
    remarks,
    exitCode: failed > 0 || isSkipFatal ? 1 : 0,
  };
}
