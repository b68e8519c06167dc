import type { Finding } from '../doctor/finding.js';
import type { Palette } from './palette.js';
import { padToWidth, printable } from './printable.js';

const marks = { ok: '✔', warn: '!', fail: '✖' } as const;

/** Findings as lines, each with what to do about it. */
export function renderFindings(findings: readonly Finding[], palette: Palette): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const colour = { ok: palette.good, warn: palette.warning, fail: palette.bad };
  return findings
    .map(({ check, state, text, next }) => {
      const line = `${colour[state](marks[state])} ${padToWidth(check, width)}  ${printable(text)}`;
      return next === null ? line : `${line} → ${printable(next)}`;
    })
    .join('\n');
}
