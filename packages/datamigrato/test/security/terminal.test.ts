import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/secret/redactor.js';
import { traceOf } from './trace.js';

/** What a terminal obeys: escape sequences, C1 controls, marks of direction; and what a page would. */
const acting = [
  '\u001b[2J\u001b[31m',
  '\u001b]0;title\u0007',
  '\u009b5n',
  '\u202egnp.',
  '\u2066',
  '\b\b\b',
  '\r',
  '\u2028',
  '<script>alert(1)</script>',
];
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datamigrato-terminal-'));
  await mkdir(join(folder, 'planted'));
  const records = acting.map((text, index) => ({
    id: `${text}${index}`,
    [`field${text}`]: text,
    other: { [text]: 1 },
  }));
  for (const [index, text] of acting.entries())
    await writeFile(join(folder, 'planted', `entity${index}${text.replaceAll('/', '')}.json`), JSON.stringify(records));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Everything shown but line ends. */
async function shown(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const { code, texts } = await traceOf(folder, { args }, createRedactor(), ['--verbose']);
  return { code, text: `${texts.get('stdout')}${texts.get('stderr')}`.replaceAll('\n', '') };
}

describe('S-16 names of the source act on no terminal', () => {
  const commands: readonly (readonly [title: string, args: readonly string[], code: number])[] = [
    ['inspect', ['inspect', './planted'], 0],
    ['plan', ['plan', './planted', './target'], 0],
    ['copy', ['copy', './planted', './target'], 0],
    ['a copy that asks for consent', ['copy', './planted', './target'], 10],
    ['a copy of what is not there', ['copy', './planted', './target', '--entity', `nothing${acting.join('')}`], 5],
    ['a field that nobody has', ['copy', './planted', './target', '--select', acting.join('')], 2],
    ['a verb that is none', [`copy${acting.join('')}`], 2],
    ['a flag that is none', ['copy', './planted', './target', `--flag${acting.join('')}`], 2],
    ['a store that is none', ['copy', `mongodb://${acting.join('')}@h`, './target'], 2],
    ['status', ['status', '--state-folder', './left/state'], 0],
  ];
  test.each(commands)('%s', async (_title, args, wanted) => {
    const { code, text } = await shown(args);
    expect({ code, obeyed: obeyed.exec(text)?.[0]?.codePointAt(0), text: obeyed.test(text) ? text : '' }).toEqual({
      code: wanted,
      obeyed: undefined,
      text: '',
    });
  });

  test('nor on the page of a run', async () => {
    const state = join(folder, 'left/state/runs');
    const [run = ''] = await readdir(state);
    const { code } = await traceOf(
      folder,
      { args: ['report', run, '--state-folder', './left/state'] },
      createRedactor(),
      [],
    );
    expect(code).toBe(0);
    const page = await readFile(join(state, run, 'report.html'), 'utf8');
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(obeyed.exec(page.replaceAll('\n', ''))).toBeNull();
  });
});
