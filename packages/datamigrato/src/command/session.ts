import type { Runtime } from '@datamigrato/core';
import { createPalette, type Palette, wantsColour } from '../render/palette.js';
import type { Redactor } from '../secret/redactor.js';
import type { Interrupts } from './interrupts.js';

/** What a command sees of the process it runs in. */
export interface Surroundings {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly runtime: Runtime;
  readonly interrupts: Interrupts;
  readonly redactor: Redactor;
}

/** Flags that every command takes. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plain?: boolean;
  /** False with `--no-color`. */
  readonly color?: boolean;
  readonly verbose?: boolean;
  /** Packages of further connectors. */
  readonly connector?: readonly string[];
  readonly stateFolder?: string;
}

/** One command under way: its surroundings, its flags, and where its words go. */
export interface Session extends Surroundings {
  readonly flags: OutputFlags;
  /** Whether somebody sits at a terminal and may be asked. */
  readonly isInteractive: boolean;
  readonly outPalette: Palette;
  readonly errorPalette: Palette;
  /** Columns of the terminal that stdout is, undefined where it is none. */
  readonly outWidth: number | undefined;
  /** Writes a result to stdout, without secrets. */
  print(text: string): void;
  /** Writes a remark to stderr, without secrets; nothing with `--quiet`. */
  remark(text: string): void;
}

/** A session of a command. */
export function createSession(surroundings: Surroundings, flags: OutputFlags): Session {
  const { stdin, stdout, stderr, environment, redactor } = surroundings;
  const flag = flags.color === false ? false : undefined;
  const isCi = environment['CI'] !== undefined && environment['CI'] !== '' && environment['CI'] !== 'false';
  return {
    ...surroundings,
    flags,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true && !isCi,
    outPalette: createPalette(wantsColour(stdout, environment, flag)),
    errorPalette: createPalette(wantsColour(stderr, environment, flag)),
    // A terminal that does not tell has none.
    outWidth: stdout.isTTY === true && (stdout.columns ?? 0) > 0 ? stdout.columns : undefined,
    print(text) {
      stdout.write(`${redactor.redact(text)}\n`);
    },
    remark(text) {
      if (flags.quiet !== true) stderr.write(`${redactor.redact(text)}\n`);
    },
  };
}
