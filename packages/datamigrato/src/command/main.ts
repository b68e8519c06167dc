import { CommanderError } from 'commander';
import { printable } from '../render/printable.js';
import { systemRuntime } from '../runtime.js';
import { createRedactor, redactUrls } from '../secret/redactor.js';
import { exitCodes } from './exit-codes.js';
import { createInterrupts } from './interrupts.js';
import { createProgram } from './program.js';
import { createSession, type OutputFlags, type Session, type Surroundings } from './session.js';

/** Runs one command line of this process to its end and sets the exit code. */
export async function main(commandLine: readonly string[], version: string): Promise<void> {
  endQuietlyWithReader(process.stdout);
  process.exitCode = await runCommandLine(commandLine, version, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    folder: process.cwd(),
    runtime: systemRuntime,
    interrupts: createInterrupts(process),
    redactor: createRedactor(),
  });
}

/** Runs a command line, given as `process.argv` is, in its surroundings; resolves to the exit code. */
export async function runCommandLine(
  commandLine: readonly string[],
  version: string,
  surroundings: Surroundings,
): Promise<number> {
  let exitCode: number = exitCodes.done.code;
  const program = createProgram(version, async (flags, command) => {
    exitCode = await runCommand(createSession(surroundings, flags), flags, command);
  });
  for (const command of [program, ...program.commands]) {
    command.exitOverride();
    command.configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      outputError: (text, write) => write(withoutValues(text)),
    });
  }
  try {
    await program.parseAsync(commandLine);
  } catch (error) {
    // Commander has printed what was wrong, or the help or version that was asked for.
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done.code : exitCodes.usage.code;
  }
  return exitCode;
}

/** What is wrong with a command line, without the values that were typed: a password may be among them. */
function withoutValues(text: string): string {
  const named = text
    .replace(/ argument '.*' is invalid/s, ' argument is invalid')
    .replace(/(unknown option '--[^'=]*)=.*'/s, "$1'")
    .replace(/(unknown option '-[^-]).*'/s, "$1'")
    .replace(/(unknown command) '(?![a-z-]{1,20}').*'/s, '$1');
  return redactUrls(named).split('\n').map(printable).join('\n');
}

async function runCommand(
  session: Session,
  flags: OutputFlags,
  command: (session: Session) => Promise<number>,
): Promise<number> {
  try {
    return await command(session);
  } catch (error) {
    const [{ renderError, errorDocument }, { exitCodeOf }] = await Promise.all([
      import('./print-error.js'),
      import('./exit-code.js'),
    ]);
    const { redactor, stderr, stdout, errorPalette } = session;
    stderr.write(
      `${redactor.redact(renderError(error, { palette: errorPalette, verbose: flags.verbose === true }))}\n`,
    );
    if (flags.json === true) stdout.write(`${redactor.redact(JSON.stringify(errorDocument(error), null, 2))}\n`);
    return exitCodeOf(error, session.interrupts.received);
  }
}

/** A reader that has seen enough, such as `head`, is no failure of ours. */
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}
