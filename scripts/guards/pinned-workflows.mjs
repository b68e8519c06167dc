/** Workflows run only code that cannot change under them, with no more permission than each job names. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectFiles } from './project-files.mjs';

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;

export const pinnedWorkflows = {
  name: 'workflows pin their actions and ask for few permissions',
  unit: 'used actions',
  atLeast: 6,
  check(root) {
    const paths = projectFiles(root).filter((path) => /^\.github\/(workflows|actions)\/.*\.ya?ml$/.test(path));
    let checked = 0;
    const problems = paths.flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const found = checkWorkflow(parse(text), text);
      checked += found.used;
      return found.problems.map((problem) => `${path} ${problem}`);
    });
    return { checked, problems };
  },
};

function checkWorkflow(workflow, text) {
  const problems = [];
  const jobs = Object.entries(workflow.jobs ?? {});
  const steps = [...jobs.flatMap(([, job]) => job.steps ?? []), ...(workflow.runs?.steps ?? [])];
  const used = [...jobs.map(([, job]) => job), ...steps].flatMap((each) => each.uses ?? []);
  for (const action of used) {
    if (action.startsWith('./')) continue;
    if (!PINNED.test(action)) problems.push(`uses ${action}, which is not pinned to a commit`);
    else if (!text.includes(`${action} # v`)) problems.push(`uses ${action} without naming its version beside it`);
  }
  if (workflow.jobs) {
    if (!isEmptyObject(workflow.permissions)) problems.push('does not begin with permissions: {}');
    if ('pull_request_target' in Object(workflow.on)) problems.push('runs on pull_request_target');
    for (const [name, job] of jobs) {
      if (job.permissions === 'write-all' || job.permissions === undefined) problems.push(`job ${name}: permissions`);
      if (job['timeout-minutes'] === undefined) problems.push(`job ${name} has no timeout-minutes`);
    }
  }
  if (/secrets\.(?!GITHUB_TOKEN\b)/.test(text)) problems.push('reads a long-lived secret');
  return { used: used.length, problems };
}

function isEmptyObject(value) {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
