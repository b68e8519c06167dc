import type { MigrationPlan } from '@datamigrato/core';
import type { JobOptions } from '../job/job-options.js';
import type { Migration, MigrationResult } from '../migration.js';
import type { Palette } from '../render/palette.js';
import { lineView, type ProgressView, screenView, silentView } from '../render/progress-view.js';
import { renderSummary } from '../render/summary.js';
import { listedByDefault, renderVerification, verificationDocument } from '../render/verification-view.js';
import { askToWrite } from './ask.js';
import { createEventFile, noEventFile } from './event-file.js';
import { exitCodes } from './exit-codes.js';
import type { RunFlags } from './migration-flags.js';
import type { Session } from './session.js';

/** What a command hands to the call that it makes. */
export type MoveHooks = Required<Pick<JobOptions, 'onPlan' | 'consent'>>;

/**
 * Watches a migration to its end: asks before it writes where records are, shows progress on stderr, writes events to a file where one is named, and prints the result on stdout.
 *
 * The first ending signal stops reading and lets what was read be written for at most 10 s; the second ends everything at once. Resolves to the exit code.
 */
export async function moveRecords(
  session: Session,
  flags: Pick<RunFlags, 'allowWritesTo' | 'events' | 'json'>,
  start: (hooks: MoveHooks) => Migration,
): Promise<number> {
  const view = await progressView(session);
  const path = flags.events ?? session.environment['DATAMIGRATO_EVENTS_FILE'];
  await using events =
    path === undefined || path === '' ? noEventFile : await createEventFile(path, session.redactor, session.runtime);
  let plan: MigrationPlan | undefined;
  view.look();
  const migration = start({
    onPlan: (made) => {
      plan = made;
      for (const notice of notices(made)) view.say(notice);
    },
    consent: async (question) => {
      if (flags.allowWritesTo?.includes(question.destination) === true) return true;
      view.pause();
      return session.isInteractive && (await askToWrite(question, session));
    },
  });
  const deaf = session.interrupts.listen((count, signal) => {
    view.say(count === 1 ? `${signal}: finishing what was read; once more ends at once` : `${signal}: ending at once`);
    migration.abort(count === 1 ? {} : { drain: 0 });
  });
  try {
    for await (const event of migration) {
      if (event.type === 'migration-started' && plan !== undefined) view.begin(plan);
      view.event(event);
      await events.write(event);
    }
    const result = await migration;
    view.end();
    session.print(flags.json === true ? resultDocument(result) : resultText(result, session.outPalette));
    if (result.verification !== undefined && result.verification.verdict !== 'equal')
      return exitCodes.verification.code;
    return result.status === 'finished-with-dead-letters' ? exitCodes.deadLetters.code : exitCodes.done.code;
  } catch (error) {
    // A file of events that cannot be written any more ends the migration in order, rather than leaving it unwatched.
    migration.abort();
    await migration.then(undefined, () => undefined);
    throw error;
  } finally {
    view.end();
    deaf();
  }
}

/** Keys of records that differ are contents, and stay in the report's file. */
function resultDocument({ verification, ...result }: MigrationResult): string {
  const found = verification && verificationDocument(verification, { listed: listedByDefault, showKeys: false });
  return JSON.stringify({ ...result, ...(found && { verification: found }) }, null, 2);
}

function resultText(result: MigrationResult, palette: Palette): string {
  const summary = renderSummary(result, palette);
  const { verification } = result;
  if (verification === undefined) return summary;
  return `${summary}\n\n${renderVerification(verification, { palette, listed: listedByDefault, showKeys: false })}`;
}

function notices(plan: MigrationPlan): readonly string[] {
  return [
    ...plan.notices,
    ...plan.excluded.map(({ entity, reason }) => `left out: ${entity} (${reason})`),
    ...plan.entities.flatMap((entity) => entity.notices.map((notice) => `${entity.target}: ${notice}`)),
  ];
}

async function progressView(session: Session): Promise<ProgressView> {
  const { flags, stderr, runtime, redactor, errorPalette: palette } = session;
  if (flags.quiet === true) return silentView;
  if (stderr.isTTY !== true || flags.plain === true || session.environment['TERM'] === 'dumb') {
    return lineView({ runtime, write: (line) => session.remark(line) });
  }
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stderr);
  return screenView({
    runtime,
    palette,
    width: () => stderr.columns ?? 80,
    draw: (text) => update(redactor.redact(text)),
    say: (text) => update.persist(redactor.redact(text)),
    clear: () => update.clear(),
    keep: () => update.done(),
  });
}
