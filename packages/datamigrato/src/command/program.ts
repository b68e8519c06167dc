import { Command, Option } from 'commander';
import {
  byteCount,
  catchUpEnd,
  collected,
  entityChoice,
  fieldList,
  filterCondition,
  keyParts,
  nameAndValue,
  wholeNumber,
} from './flag-values.js';
import { limitChoice } from './limit-choice.js';
import { addProofVerbs, levelOption } from './proof-verbs.js';
import type { OutputFlags, Session } from './session.js';

/** Runs a command: gets a session made of its flags, and resolves to an exit code. */
export type RunCommand = (flags: OutputFlags, command: (session: Session) => Promise<number>) => Promise<void>;

/**
 * The command line: verbs, arguments and flags.
 *
 * What a verb does is imported when it is used, so that help and usage errors wait for nothing.
 */
export function createProgram(version: string, runCommand: RunCommand): Command {
  const program = new Command('datamigrato')
    .description('Moves data between databases and files with types and keys kept.')
    .version(version, '-V, --version')
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText('after', overview);

  verb(program, 'copy', 'copy everything, or the entities named, from one store to another')
    .argument('<from>', 'connection string, or path of a file or folder')
    .argument('<to>', 'connection string, or path of a folder')
    .addHelpText('after', copyHelp);
  verb(program, 'plan', 'show what copy would do, without doing it')
    .argument('<from>', 'connection string, or path')
    .argument('<to>', 'connection string, or path')
    .option('--out <file>', 'write the plan, to be run by `datamigrato run`')
    .addOption(
      new Option('--check [extent]', 'try records against the limits of the target: all of them, or a sample')
        .choices(['full', 'sample'])
        .preset('full'),
    )
    .option('--listed <records>', 'records beyond a limit that are shown for each reason (10)', wholeNumber(0))
    .addHelpText('after', planHelp);
  verb(program, 'run', 'run exactly a plan that was made before')
    .argument('<plan>', 'plan.json')
    .option(
      '--from <store>',
      'the source again; default: DATAMIGRATO_FROM, or the file that DATAMIGRATO_FROM_FILE names',
    )
    .option('--to <store>', 'the target again; default: DATAMIGRATO_TO, or the file that DATAMIGRATO_TO_FILE names')
    .option('--restart', 'begin another run although one of this plan was begun or is finished')
    .addOption(limitOption(false))
    .addHelpText('after', runHelp);
  verb(program, 'resume', 'go on with a run that was interrupted, failed or killed')
    .argument(
      '[run]',
      'name of the run as `datamigrato status` shows it, or its last four letters; default: the last one not finished',
    )
    .addHelpText('after', resumeHelp);
  verb(program, 'retry', 'write the dead letters of a run again, once what was in their way is gone')
    .argument('<run>', 'name of the run as `datamigrato status` shows it, or its last four letters')
    .option('--to-option <name=value>', 'option of the target connector; repeatable', nameAndValue)
    .option('--to <store>', toAgainHelp);
  verb(program, 'status', 'list the runs there are, or show one')
    .argument('[run]', 'name of a run')
    .option('--state-folder <folder>', stateFolderHelp);
  verb(program, 'populate', 'fill a store with the records of a JSON document')
    .argument('<document>', 'https URL, or path of a file')
    .argument('<to>', 'connection string, or path of a folder')
    .option('--records <path>', 'where the array of records lies, such as data.items')
    .option('--name <entity>', 'entity to fill; default: the one that <to> names, else the name of the document')
    .option('--allow-private', 'allow this host to be private or to speak plain http')
    .option('--max-bytes <size>', 'most bytes to download, unpacked (4 GiB)', byteCount);
  verb(program, 'inspect', 'show what a store holds: entities, fields, kinds, counts').argument(
    '<store>',
    'connection string, or path',
  );
  verb(program, 'connectors', 'list the stores that can be reached');
  verb(program, 'explain', 'explain an error code').argument('<code>', 'such as DM_PLAN_STALE');

  const find = (name: string): Command => {
    const found = program.commands.find((command) => command.name() === name);
    if (found === undefined) throw new TypeError(`no verb ${name}`);
    return found;
  };
  for (const name of ['copy', 'plan', 'run']) storeOptions(find(name), name !== 'run');
  for (const name of ['copy', 'plan', 'populate']) mappingOptions(find(name));
  for (const name of ['copy', 'run', 'populate']) consentOptions(find(name));
  againOptions(find('resume'));
  for (const name of ['copy', 'run', 'resume'])
    find(name).addOption(levelOption('compare both sides at the end, so closely (records)', '--verify [level]'));
  for (const name of ['copy', 'run', 'resume']) find(name).option('--catch-up <until>', catchUpHelp, catchUpEnd);
  for (const name of ['copy', 'run', 'populate', 'resume', 'retry']) runOptions(find(name));
  find('populate').option('--to-option <name=value>', 'option of the target connector; repeatable', nameAndValue);
  find('inspect')
    .option('--entity <name>', 'one entity; repeatable', entityChoice)
    .option('--from-option <name=value>', 'option of the connector; repeatable', nameAndValue)
    .option('--sample <records>', 'records looked at in each entity (1000)', wholeNumber(1));
  for (const name of ['copy', 'plan', 'run', 'populate', 'resume', 'retry', 'inspect']) connectionOptions(find(name));
  addProofVerbs(program, { storesAgain: againOptions, connection: connectionOptions, stateFolderHelp }, runCommand);
  for (const command of program.commands) outputOptions(command);

  find('copy').action((from: string, to: string, flags) =>
    runCommand(flags, async (session) => (await import('./copy.js')).copy(session, [from, to], flags)),
  );
  find('plan').action((from: string, to: string, flags) =>
    runCommand(flags, async (session) => (await import('./plan.js')).plan(session, [from, to], flags)),
  );
  find('run').action((path: string, flags) =>
    runCommand(flags, async (session) => (await import('./run.js')).run(session, path, flags)),
  );
  find('resume').action((run: string | undefined, flags) =>
    runCommand(flags, async (session) => (await import('./resume.js')).resume(session, run, flags)),
  );
  find('retry').action((run: string, flags) =>
    runCommand(flags, async (session) => (await import('./resume.js')).retry(session, run, flags)),
  );
  find('status').action((run: string | undefined, flags) =>
    runCommand(flags, async (session) => (await import('./status.js')).status(session, run, flags)),
  );
  find('populate').action((document: string, to: string, flags) =>
    runCommand(flags, async (session) => (await import('./populate.js')).populate(session, [document, to], flags)),
  );
  find('inspect').action((store: string, flags) =>
    runCommand(flags, async (session) => (await import('./inspect.js')).inspect(session, store, flags)),
  );
  find('connectors').action((flags) =>
    runCommand(flags, async (session) => (await import('./connectors.js')).connectors(session)),
  );
  find('explain').action((code: string, flags) =>
    runCommand(flags, async (session) => (await import('./explain.js')).explain(session, code)),
  );
  return program;
}

function verb(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}

function storeOptions(command: Command, choosesEntities: boolean): Command {
  if (choosesEntities) {
    command.option(
      '--entity <source[=target]>',
      'move this entity, under this name, and none that is not named; repeatable',
      entityChoice,
    );
  }
  return command
    .option('--from-option <name=value>', 'option of the source connector; repeatable', nameAndValue)
    .option('--to-option <name=value>', 'option of the target connector; repeatable', nameAndValue);
}

function mappingOptions(command: Command): Command {
  return command
    .option(
      '--primary-key <fields>',
      'key in the target: id, or a,b, or (a,b),c where a and b place a record',
      keyParts,
    )
    .option('--group-by <fields>', 'fields whose values become leading parts of the key', fieldList)
    .option('--flatten [separator]', 'make fields of nested documents, their names joined by _')
    .option('--filter <condition>', 'move the records for which it holds: "age>=18"; all of several', filterCondition)
    .option('--select <fields>', 'keep these fields and no other', fieldList)
    .option('--drop <fields>', 'leave these fields out', fieldList)
    .option('--rename <old=new>', 'rename a field; repeatable', nameAndValue)
    .option('--constant <name=value>', 'give every record a field; repeatable', nameAndValue)
    .addOption(
      new Option('--fidelity <how>', 'how kinds that the target lacks are written (natural)').choices([
        'natural',
        'tagged',
      ]),
    )
    .addOption(limitOption(true))
    .option('--lock <file>', 'mapping.lock.json of a migration that went the other way: brings everything back')
    .addOption(
      new Option('--write-mode <mode>', 'for keys that the target already holds (replace)').choices([
        'replace',
        'create',
        'skip',
      ]),
    )
    .option('--sample <records>', 'records looked at to infer a schema (1000)', wholeNumber(1))
    .option('--partitions <number>', 'parts to cut each entity into (one for 32 MiB; 2 to 8)', wholeNumber(1));
}

function limitOption(spills: boolean): Option {
  const choices = spills ? 'reject, refuse, or depth=spill' : 'reject or refuse';
  const help = `for records beyond a limit of the target: ${choices}; repeatable`;
  return new Option('--on-limit <limit=choice>', help).argParser(limitChoice(spills));
}

function againOptions(command: Command): Command {
  return storeOptions(command, false)
    .option('--from <store>', 'the source again; default: as the run recorded it, with secrets from where they were')
    .option('--to <store>', toAgainHelp);
}

const toAgainHelp = 'the target again; default: as the run recorded it, with secrets from where they were';

function consentOptions(command: Command): Command {
  return command
    .option('--accept-loss', 'agree to conversions that lose something')
    .option('--allow-writes-to <destination>', 'agree to write where records already are; repeatable', collected);
}

const catchUpHelp =
  'then apply what the source has changed since the copy began: until-quiet, or for a time such as 10m';

const stateFolderHelp = 'where runs leave plan, lock, dead letters and report (.datamigrato)';

function runOptions(command: Command): Command {
  return command
    .option(
      '--max-dead-letters <records>',
      'stop once more than so many records cannot be written (100 or 0.1 %)',
      wholeNumber(0),
    )
    .option('--max-rate <records>', 'write at most so many records a second', wholeNumber(1))
    .option(
      '--batch-records <records>',
      'read at most so many at once; fewer are done again after a crash (500)',
      wholeNumber(1),
    )
    .option('--events <file>', 'write every event as a line of JSON; default: DATAMIGRATO_EVENTS_FILE')
    .option('--max-outage <seconds>', 'end once a store has been gone for so long (300)', wholeNumber(1))
    .option('--state-folder <folder>', stateFolderHelp);
}

function connectionOptions(command: Command): Command {
  return command
    .option('--connect-timeout <seconds>', 'for reaching a store (10)', wholeNumber(1))
    .option('--timeout <seconds>', 'for one request to a store (30)', wholeNumber(1));
}

function outputOptions(command: Command): Command {
  return command
    .option(
      '--connector <package>',
      'use the connectors of this package too: it runs with all your rights; repeatable',
      collected,
    )
    .option('--json', 'print the result as one JSON document')
    .option('-q, --quiet', 'print nothing but the result and errors')
    .option('--plain', 'complete lines instead of moving bars')
    .option('--no-color', 'no colours; NO_COLOR does the same')
    .option('-v, --verbose', 'show everything, with stacks of errors');
}

const overview = `
Stores:
  mongodb://host/database#collection   mongodb+srv://…
  cassandra://host:9042/keyspace/table?localDataCenter=dc1   astra://database-id/keyspace?bundle=./secure-connect.zip
  firestore://project/(default)/collection?serviceAccount=./key.json
  rtdb://database/node?serviceAccount=./key.json
  file:./folder   ./folder   ./movies.json
  In any of them, \${NAME} is the environment variable NAME, or the contents of the file that NAME_FILE names.

Examples:
  datamigrato plan mongodb://localhost/shop 'cassandra://localhost/shop?localDataCenter=datacenter1'
  datamigrato copy mongodb://localhost/shop ./backup
  datamigrato resume
  datamigrato populate https://example.com/movies.json mongodb://localhost/shop#movies

Exit codes:
  0 done   1 our bug   2 usage   3 done with dead letters   4 error limit   5 refused by a store
  6 verification differs   7 locked   8 state folder   9 store unavailable   10 unanswered question
  11 unaccepted losses   130, 143 interrupted`;

const planHelp = `
Limits are recordBytes, fieldBytes, keyBytes, depth, valueRange and other. A record beyond one becomes a dead letter
(reject); with refuse, copy tries all records first and writes nothing where one is beyond it, ending with 11, as does
plan --check; depth=spill writes what is too deep as typed text, which the way back reads again.`;

const copyHelp = `
Writing where records already are needs consent: a terminal asks, elsewhere --allow-writes-to names the destination.`;

const runHelp = `
A plan holds no credentials. Name both stores again, with the same options as when the plan was made;
a store that has changed since in a way that matters is refused.
A run of the same plan that was begun before goes on; of one that is finished, nothing is done again.`;

const resumeHelp = `
A run keeps no secrets. With \${NAME} in place of a password, it finds it in the environment again; a password that
was written out has to be given again, in --from or --to, or in DATAMIGRATO_FROM or DATAMIGRATO_TO.`;
