/** sherif: one version of each dependency, sorted and well-formed manifests. It counts nothing, so the manifests are. */
import { packageFolders, packageManifest } from './project-files.mjs';
import { outputAsProblem, runTool } from './run-tool.mjs';

const REQUIRED = ['name', 'version', 'description', 'license', 'type', 'engines', 'scripts'];

export const workspaceHygiene = {
  name: 'sherif: manifests agree with one another',
  unit: 'packages',
  atLeast: 7,
  check(root) {
    const folders = packageFolders(root);
    const problems = outputAsProblem(runTool(root, 'sherif', ['--fail-on-warnings', '--no-install']), 'sherif');
    for (const folder of folders) {
      const manifest = packageManifest(root, folder);
      const missing = REQUIRED.filter((field) => manifest[field] === undefined);
      if (missing.length > 0) problems.push(`packages/${folder}/package.json lacks ${missing.join(', ')}`);
    }
    return { checked: folders.length, problems };
  },
};
