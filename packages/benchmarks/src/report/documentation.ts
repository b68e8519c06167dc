import { readFile, writeFile } from 'node:fs/promises';

/**
 * Puts a benchmark's section into a Markdown file, between `<!-- bench <name> -->` and `<!-- end <name> -->`, in place of the one that is there.
 *
 * Throws where the file has no such place: which figures a page shows is for its author to say.
 */
export async function updateSection(path: string, benchmark: string, section: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  await writeFile(path, replaceSection(text, benchmark, section));
}

/** The text with the section of a benchmark replaced. */
export function replaceSection(text: string, benchmark: string, section: string): string {
  const [begin, end] = [`<!-- bench ${benchmark} -->`, `<!-- end ${benchmark} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new RangeError(`There is no place for ${benchmark}: lines "${begin}" and "${end}"`);
  return `${text.slice(0, from + begin.length)}\n${section.trim()}\n${text.slice(to)}`;
}
