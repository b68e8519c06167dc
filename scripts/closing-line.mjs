/**
 * Ends a CI run: what needs a remark, and then one line, `N passed, N failed` with `, N skipped` if any were.
 * Usage: node scripts/closing-line.mjs <vitest.json> <its exit code> <guards.json> <its exit code>
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { countResults } from './count-results.mjs';
import { packageFolders, packageManifest } from './guards/project-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [testsPath, testsExit, guardsPath, guardsExit] = process.argv.slice(2);
const readReport = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

const { passed, failed, skipped, remarks, exitCode } = countResults({
  tests: { report: readReport(testsPath), exitCode: Number(testsExit) },
  guards: { report: readReport(guardsPath), exitCode: Number(guardsExit) },
  testedFolders: packageFolders(root).filter((folder) => packageManifest(root, folder).private !== true),
  isCi: process.env.CI === 'true',
});
for (const remark of remarks) console.log(remark);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = exitCode;
