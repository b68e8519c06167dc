import { expect, test } from 'vitest';
import { pinnedWorkflows } from './pinned-workflows.mjs';
import { findingsIn } from './planted-workspace.mjs';

const HASH = '0123456789abcdef0123456789abcdef01234567';

const workflow = ({
  on = 'push',
  top = 'permissions: {}',
  job = 'permissions: { contents: read }',
  timeout = 'timeout-minutes: 5',
  uses = `actions/checkout@${HASH} # v1`,
}) => `
on: { ${on}: {} }
${top}
jobs:
  test:
    runs-on: ubuntu-latest
    ${timeout}
    ${job}
    steps:
      - uses: ${uses}
`;
const findings = (text) => findingsIn(pinnedWorkflows, { '.github/workflows/a.yml': text });

test.each([
  ['a tag', { uses: 'actions/checkout@v4 # v4' }, 'not pinned'],
  ['a short hash', { uses: 'actions/checkout@0123456 # v4' }, 'not pinned'],
  ['a hash without its version', { uses: `actions/checkout@${HASH}` }, 'without naming its version'],
  ['no empty default permissions', { top: 'permissions: { contents: write }' }, 'permissions: {}'],
  ['missing default permissions', { top: '' }, 'permissions: {}'],
  ['all permissions', { job: 'permissions: write-all' }, 'job test: permissions'],
  ['a job without permissions', { job: '' }, 'job test: permissions'],
  ['a job without a time limit', { timeout: '' }, 'timeout-minutes'],
  ['pull_request_target', { on: 'pull_request_target' }, 'pull_request_target'],
  ['a stored token', { job: ['permissions: {}', '    env: { T: "${{ secrets.NPM_TOKEN }}" }'].join('\n') }, 'secret'],
])('S-20 refuses %s', async (_, parts, problem) => {
  const { checked, problems } = await findings(workflow(parts));
  expect(checked).toBe(1);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('accepts a pinned workflow, and actions of this repository', async () => {
  expect(await findings(workflow({}))).toEqual({ checked: 1, problems: [] });
  expect((await findings(workflow({ uses: './.github/actions/a' }))).problems).toEqual([]);
});

test('counts nothing where there are no workflows, so that its floor fails it', async () => {
  expect((await findingsIn(pinnedWorkflows, { 'a.txt': '' })).checked).toBe(0);
  expect(pinnedWorkflows.atLeast).toBeGreaterThan(0);
});
