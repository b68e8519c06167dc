import { type Command, Option } from 'commander';
import { nameAndValue, wholeNumber } from './flag-values.js';
import type { RunCommand } from './program.js';

/** Adds `verify`, `repair`, `report` and `doctor` to a program; output flags come with all verbs. */
export function addProofVerbs(
  program: Command,
  parts: {
    readonly storesAgain: (command: Command) => void;
    readonly connection: (command: Command) => void;
    readonly stateFolderHelp: string;
  },
  runCommand: RunCommand,
): void {
  const verify = program
    .command('verify')
    .description('compare what the target holds with what the source says it should')
    .argument('[run]', 'name of a run, or plan.json; default: the run started last')
    .addOption(levelOption('how closely (records)'))
    .addOption(
      new Option('--sample <records>', 'compare so many records, chosen at random, instead of all')
        .argParser(wholeNumber(1))
        .conflicts('level'),
    )
    .option('--listed <records>', 'differing records that are shown (20)', wholeNumber(0))
    .option(
      '--settle <seconds>',
      'where a side is written to meanwhile: look again for so long before records differ',
      wholeNumber(1),
    )
    .option('--show-keys', 'show keys of differing records instead of hashes that stand for them')
    .option('--restart', 'begin anew where an earlier comparison was interrupted')
    .addHelpText('after', verifyHelp);
  const repair = program
    .command('repair')
    .description('write the records again that differ, and compare once more')
    .argument('[run]', 'name of a run, or plan.json; default: the run started last')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--allow-delete', 'delete records that only the target has')
    .option('--listed <records>', 'records that still differ and are shown (20)', wholeNumber(0))
    .option('--show-keys', 'show keys of differing records instead of hashes that stand for them')
    .addHelpText('after', repairHelp);
  for (const command of [verify, repair]) {
    parts.storesAgain(command);
    command.option('--state-folder <folder>', parts.stateFolderHelp);
    parts.connection(command);
    command.option('--max-outage <seconds>', 'for which a store may be gone (300)', wholeNumber(0));
  }
  const report = program
    .command('report')
    .description('write what is known of a run as one page of HTML, which needs no network')
    .argument('[run]', 'name of a run; default: the one started last')
    .option('--out <file>', 'where to write it (report.html in the folder of the run)')
    .option('--state-folder <folder>', parts.stateFolderHelp);
  report.action((run: string | undefined, flags) =>
    runCommand(flags, async (session) => (await import('./report.js')).report(session, run, flags)),
  );
  const doctor = program
    .command('doctor')
    .description('check that what a migration needs is there, and that stores can be reached')
    .argument('[stores...]', 'connection strings, or paths')
    .option('--option <name=value>', 'option of the connectors of the stores; repeatable', nameAndValue)
    .option('--state-folder <folder>', parts.stateFolderHelp);
  parts.connection(doctor);
  doctor.action((stores: readonly string[], flags) =>
    runCommand(flags, async (session) => (await import('./doctor.js')).doctor(session, stores, flags)),
  );
  verify.action((run: string | undefined, flags) =>
    runCommand(flags, async (session) => (await import('./verify.js')).verify(session, run, flags)),
  );
  repair.action((run: string | undefined, flags) =>
    runCommand(flags, async (session) => (await import('./repair.js')).repair(session, run, flags)),
  );
}

/** The flag that says how closely two sides are compared. */
export function levelOption(help: string, flag = '--level <level>'): Option {
  return new Option(flag, help).choices(['counts', 'digests', 'records']);
}

const verifyHelp = `
Levels:
  counts    the numbers of records, nothing that is in them
  digests   every record, by sums of SHA-256 fingerprints; not which of them differ
  records   every record; those that differ field by field
A sample of n records in which none differs says, with a confidence of 95 %, that fewer than 3/n of all do.
Conversions that the plan declares are no differences. Ends with 0 where the sides are equal, and with 6 where they
differ or one of them could not be read whole. An interrupted comparison goes on where it was.`;

const repairHelp = `
Deletes nothing without --allow-delete; with it, also records that were in the target before the migration.
Ends with 0 where a comparison afterwards finds the sides equal, else with 6.`;
