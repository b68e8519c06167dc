/**
 * Runs the guards over the workspace, prints one line each with how much it checked, and then every problem.
 * Usage: node scripts/run-guards.mjs [--json FILE] [word of a guard's name…]. Exit 1 if any guard fails; a guard that
 * checked less than its floor fails, so that none can turn silently into a check of nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cleanText } from './guards/clean-text.mjs';
import { corePurity } from './guards/core-purity.mjs';
import { deadCode } from './guards/dead-code.mjs';
import { documentedExamples } from './guards/documented-examples.mjs';
import { errorCodes } from './guards/error-codes.mjs';
import { format, lint } from './guards/format-and-lint.mjs';
import { hazardAtlas } from './guards/hazard-atlas.mjs';
import { importDirection } from './guards/import-direction.mjs';
import { packageReadmes } from './guards/package-readmes.mjs';
import { pairPages } from './guards/pair-pages.mjs';
import { pinnedWorkflows } from './guards/pinned-workflows.mjs';
import { publishedPackages } from './guards/published-packages.mjs';
import { quotedExample } from './guards/quoted-example.mjs';
import { rootCommand } from './guards/root-command.mjs';
import { runGuard } from './guards/run-guard.mjs';
import { sourceShape } from './guards/source-shape.mjs';
import { types } from './guards/types.mjs';
import { workspaceHygiene } from './guards/workspace-hygiene.mjs';

const GUARDS = [
  format,
  lint,
  types,
  corePurity,
  importDirection,
  sourceShape,
  cleanText,
  packageReadmes,
  documentedExamples,
  quotedExample,
  errorCodes,
  pairPages,
  hazardAtlas,
  pinnedWorkflows,
  workspaceHygiene,
  deadCode,
  publishedPackages,
  rootCommand,
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const chosen = GUARDS.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(
    `No guard's name contains ${positionals.join(' or ')}. There are:\n  ${GUARDS.map((g) => g.name).join('\n  ')}`,
  );
  process.exit(2);
}

const outcomes = [];
for (const guard of chosen) {
  const outcome = await runGuard(guard, root);
  outcomes.push(outcome);
  console.log(`${outcome.passed ? '✔' : '✖'} ${outcome.name} (${outcome.checked} ${outcome.unit})`);
  for (const problem of outcome.problems) console.log(problem.replaceAll(/^/gm, '    '));
}

if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(outcomes, null, 2)}\n`);
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
