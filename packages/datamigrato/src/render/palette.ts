import { styleText } from 'node:util';

/** Colours by what they mean. */
export interface Palette {
  heading(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warning(text: string): string;
  quiet(text: string): string;
}

/** A palette that colours, or one that leaves every text as it is. */
export function createPalette(coloured: boolean): Palette {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    coloured ? styleText(format, text) : text;
  return {
    heading: style('bold'),
    good: style('green'),
    bad: style('red'),
    warning: style('yellow'),
    quiet: style('dim'),
  };
}

/**
 * Whether a stream gets colours: what the user's flag says, else `NO_COLOR` and `FORCE_COLOR`, else whether it is a terminal that has them.
 *
 * An empty variable says nothing, as no-color.org has it; `FORCE_COLOR=0` is a no.
 */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
  flag: boolean | undefined,
): boolean {
  if (flag !== undefined) return flag;
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}
