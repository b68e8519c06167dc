import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = (name: string): string => fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));

/** The packages that a built module loads before it runs, through whatever modules of ours it imports. */
function loadedAtStart(path: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  const packages = new Set<string>();
  if (seen.has(path)) return packages;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  for (const match of text.matchAll(/^(?:import|export)\s(?:[^'"();]*\sfrom\s)?["']([^"']+)["'];$/gm)) {
    const specifier = match[1] ?? '';
    if (!specifier.startsWith('.')) packages.add(specifier);
    else for (const further of loadedAtStart(resolve(dirname(path), specifier), seen)) packages.add(further);
  }
  return packages;
}

const ofPackages = (specifiers: ReadonlySet<string>): readonly string[] =>
  [...specifiers].filter((specifier) => !isBuiltin(specifier)).sort();

test('help waits for the argument parser and nothing else', () => {
  expect(existsSync(dist('cli.js'))).toBe(true);
  expect(ofPackages(loadedAtStart(dist('cli.js')))).toEqual(['commander']);
});

test('importing the library loads core, what checks forms, and no connector', () => {
  expect(ofPackages(loadedAtStart(dist('index.js')))).toEqual(['@datamigrato/core', 'zod']);
});
