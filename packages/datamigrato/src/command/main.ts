import { CommanderError } from 'commander';
import { systemRuntime } from '../runtime.js';
import { createRedactor } from '../secret/redactor.js';
import { exitCodes } from './exit-codes.js';
import { createInterrupts } from './interrupts.js';
import { createProgram } from './program.js';
import { createSession, type OutputFlags, type Session, type Surroundings } from './session.js';

/** Runs one command line of this process to its end and sets the exit code. */
export async function main(commandLine: readonly string[], version: string): Promise<void> {
  const redactor = createRedactor();
  const surroundings: Surroundings = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    folder: process.cwd(),
    runtime: systemRuntime,
    interrupts: createInterrupts(process),
    redactor,
  };
  endQuietlyWithReader(process.stdout);
  const program = createProgram(version, async (flags, command) => {
    process.exitCode = await runCommand(createSession(surroundings, flags), flags, command);
  });
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    await program.parseAsync(commandLine);
  } catch (error) {
    // Commander has printed what was wrong, or the help or version that was asked for.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? exitCodes.done.code : exitCodes.usage.code;
  }
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
