import { isDatamigratoError } from '@datamigrato/core';
import type { Palette } from '../render/palette.js';
import { printable } from '../render/printable.js';

/** How an error is shown. */
export interface ErrorView {
  readonly palette: Palette;
  /** Whether stacks and causes are shown too. */
  readonly verbose: boolean;
}

/**
 * An error as a person sees it: code, what went wrong, the next step, and where more is said about it.
 *
 * An error that nobody threw on purpose shows its class alone, since its message may hold anything; with `verbose` it shows everything.
 */
export function renderError(error: unknown, { palette, verbose }: ErrorView): string {
  const lines = isDatamigratoError(error)
    ? [
        `${palette.bad('✖')} ${palette.heading(error.code)}  ${printable(error.message)}`,
        ...(error.nextStep === undefined ? [] : [`  → ${printable(error.nextStep)}`]),
        palette.quiet(`  more: datamigrato explain ${error.code}, docs/errors.md#${error.code.toLowerCase()}`),
      ]
    : [
        `${palette.bad('✖')} ${palette.heading('DM_INTERNAL')}  An unexpected error: ${printable(error instanceof Error ? error.name : typeof error)}`,
        '  → this is a fault of datamigrato: report it with the output of the same command and --verbose',
        palette.quiet('  more: datamigrato explain DM_INTERNAL, docs/errors.md#dm_internal'),
      ];
  if (verbose) lines.push(...causes(error));
  return lines.join('\n');
}

/** The stacks of an error and of what caused it, from the outside in. */
function causes(error: unknown): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (
    let at: unknown = error;
    at !== undefined && !seen.has(at) && lines.length < 10;
    at = at instanceof Error ? at.cause : undefined
  ) {
    seen.add(at);
    const text = at instanceof Error ? (at.stack ?? `${at.name}: ${at.message}`) : `a thrown ${typeof at}`;
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${text.split('\n').map(printable).join('\n    ')}`);
  }
  return lines;
}

/** An error as one JSON document, for `--json`. */
export function errorDocument(error: unknown): object {
  if (!isDatamigratoError(error)) {
    return { schema: 'datamigrato.error/1', code: 'DM_INTERNAL', category: 'internal', message: 'An unexpected error' };
  }
  const { code, category, message, nextStep, context } = error;
  return {
    schema: 'datamigrato.error/1',
    code,
    category,
    message,
    ...(nextStep !== undefined && { nextStep }),
    context,
  };
}
