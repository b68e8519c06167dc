import { setTimeout as sleep } from 'node:timers/promises';
import { occupiedText, type WriteQuestion } from '../job/write-consent.js';
import { printable } from '../render/printable.js';
import type { Session } from './session.js';

/** Milliseconds in which keys that were pressed before the question was there are forgotten. */
const forgetting = 100;

/** Asks at the terminal whether to write where records are. The answer is no unless somebody chooses yes. */
export async function askToWrite(question: WriteQuestion, session: Session): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts');
  await forgetKeys();
  const answer = await confirm({
    message: session.redactor.redact(
      `Write to ${printable(question.destination)} (mode ${question.writeMode})? It already holds ${printable(occupiedText(question))}.`,
    ),
    initialValue: false,
    input: process.stdin,
    output: process.stderr,
  });
  return !isCancel(answer) && answer;
}

/** Reads away what was typed ahead: an impatient line break must not answer. */
async function forgetKeys(): Promise<void> {
  const { stdin } = process;
  const forget = (): void => undefined;
  stdin.setRawMode(true);
  stdin.on('data', forget);
  await sleep(forgetting);
  stdin.off('data', forget);
  stdin.pause();
  stdin.setRawMode(false);
}
