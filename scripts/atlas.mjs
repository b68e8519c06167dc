/**
 * Says which hazards of docs/hazards.md have tests that are named after them, and lists those that have none.
 * Usage: node scripts/atlas.mjs. Exit 1 where the list and the tests disagree, or where there was nothing to compare.
 */
import { fileURLToPath } from 'node:url';
import { hazardAtlas, readAtlas } from './guards/hazard-atlas.mjs';
import { runGuard } from './guards/run-guard.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const { hazards, tests } = readAtlas(root);
const covered = hazards.filter(({ id }) => tests.has(id));
console.log(`${covered.length} of ${hazards.length} hazards have tests named after them`);
for (const [kind, word] of [
  ['A', 'silent loss'],
  ['R', 'faults'],
  ['S', 'security'],
]) {
  const all = hazards.filter(({ id }) => id.startsWith(kind));
  const named = all.filter(({ id }) => tests.has(id));
  console.log(`  ${word}: ${named.length} of ${all.length}`);
}
for (const { id, state, hazard } of hazards)
  if (!tests.has(id)) console.log(`  without a test: ${id} (${state}) ${hazard}`);
const { problems, passed } = await runGuard(hazardAtlas, root);
for (const problem of problems) console.error(problem);
process.exitCode = passed ? 0 : 1;
