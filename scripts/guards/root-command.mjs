/** After a build the command line starts from the root, and prints the version that its package has. */
import { packageManifest } from './project-files.mjs';
import { runTool } from './run-tool.mjs';

export const rootCommand = {
  name: 'the command line starts from the root',
  unit: 'commands',
  atLeast: 2,
  check(root) {
    const { version } = packageManifest(root, 'datamigrato');
    const problems = [];
    const printed = runTool(root, 'datamigrato', ['--version']);
    if (printed.status !== 0 || printed.stdout.trim() !== version) {
      problems.push(`datamigrato --version: exit ${printed.status}, "${printed.stdout.trim()}" instead of ${version}`);
    }
    const help = runTool(root, 'datamigrato', ['--help']);
    if (help.status !== 0 || !/copy/.test(help.stdout)) problems.push(`datamigrato --help: exit ${help.status}`);
    return { checked: 2, problems };
  },
};
