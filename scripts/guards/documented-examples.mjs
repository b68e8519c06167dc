/**
 * Examples in Markdown compile: each fenced `ts` block that imports something is a whole program, and tsc accepts it
 * against the sources. A block without an import is a fragment and is left alone.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { lineAt } from './module-syntax.mjs';
import { packageFolders, projectFiles } from './project-files.mjs';
import { outputAsProblem, runTool } from './run-tool.mjs';

const FENCED_PROGRAM = /^```ts\n([\s\S]*?)^```$/gm;

export const documentedExamples = {
  name: 'examples in Markdown compile',
  unit: 'examples',
  atLeast: 5,
  check(root) {
    const examples = projectFiles(root)
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => examplesIn(path, readFileSync(join(root, path), 'utf8')));
    const homes = new Set(examples.map((each) => homeOf(root, each.path)));
    const problems = [...homes].flatMap((home) =>
      compile(
        root,
        home,
        examples.filter((each) => homeOf(root, each.path) === home),
      ),
    );
    return { checked: examples.length, problems };
  },
};

function examplesIn(path, text) {
  return [...text.matchAll(FENCED_PROGRAM)]
    .filter((match) => /^import /m.test(match[1]))
    .map((match) => ({ path, line: lineAt(text, match.index), code: match[1] }));
}

/** The folder whose dependencies an example may use: its package, or the meta package for what documents the whole. */
function homeOf(root, path) {
  const folder = path.match(/^packages\/([^/]+)\//)?.[1] ?? 'datamigrato';
  return packageFolders(root).includes(folder) ? `packages/${folder}` : '.';
}

/** Compiles the examples in a folder from which the imports of `home` resolve and which git ignores. */
function compile(root, home, examples) {
  const folder = join(root, home, 'node_modules', '.documented-examples');
  const base = relative(folder, join(root, 'tsconfig.base.json')).split(sep).join('/');
  mkdirSync(folder, { recursive: true });
  try {
    const names = examples.map((example, index) => {
      writeFileSync(join(folder, `example-${index}.mts`), example.code);
      return `example-${index}.mts`;
    });
    const compilerOptions = { noUnusedLocals: false };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: base, compilerOptions, files: names }));
    const result = runTool(root, 'tsc', ['--noEmit', '--pretty', 'false', '-p', folder]);
    if (result.status === 0) return [];
    const errors = result.stdout.split(/\r?\n/).filter((line) => /error TS\d+/.test(line));
    return errors.length > 0 ? errors.map((error) => locate(error, examples)) : outputAsProblem(result, 'tsc');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Turns tsc's place in a written file into the place in the Markdown file. */
function locate(error, examples) {
  const match = error.match(/example-(\d+)\.mts\((\d+),\d+\): (.*)$/);
  if (match === null) return error;
  const { path, line } = examples[Number(match[1])];
  return `${posix.normalize(path)}:${line + Number(match[2])} ${match[3]}`;
}
