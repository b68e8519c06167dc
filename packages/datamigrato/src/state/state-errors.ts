import { DatamigratoError, type ErrorCatalogue, isDatamigratoError } from '@datamigrato/core';
import { unwritable } from './private-file.js';

/** The error for state that is there and cannot be believed. Nothing is changed and nothing is started over. */
export function untrusted(path: string, why: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_STATE_UNTRUSTED',
    category: 'endpoint',
    message: `The state in ${path} cannot be trusted: ${why}`,
    nextStep: 'restore the folder from a copy, or start the migration anew as another run',
  });
}

/** The error for a run that another process has in its hands, or had when it was asked last. */
export function runLocked(message: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RUN_LOCKED',
    category: 'usage',
    message,
    nextStep: 'wait until the other process is done, or stop it; `datamigrato status` shows the runs',
  });
}

/** The error for a run that was to be created in a folder that has one. */
export function runBegun(run: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RUN_BEGUN',
    category: 'usage',
    message: `Run ${run} has begun already`,
    nextStep: `go on with it by \`datamigrato resume ${run}\`, or start another run`,
  });
}

/** The error for a run that nobody knows of. */
export function runUnknown(run: string | undefined, stateFolder: string): DatamigratoError {
  return new DatamigratoError({
    code: 'DM_RUN_UNKNOWN',
    category: 'usage',
    message: `There is no run${run === undefined ? '' : ` ${run}`} in ${stateFolder}`,
    nextStep: 'look with `datamigrato status` which runs there are, or name another folder with --state-folder',
  });
}

/** Does something to a file; whatever the system says against it becomes `DM_STATE_UNWRITABLE`. */
export async function durably<Result>(path: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw isDatamigratoError(error) ? error : unwritable(path, error);
  }
}

/** The errors about a run's state. */
export const stateErrorCatalogue: ErrorCatalogue = {
  DM_STATE_UNTRUSTED: {
    category: 'endpoint',
    meaning:
      'The journal, the plan or the digest key of a run was changed, cut short or mixed up with that of another run. A last line torn by a crash is not that: it is dropped.',
    remedy:
      'Restore the run folder from a copy, or start the migration anew: that is another run, with a state of its own.',
  },
  DM_STATE_UNWRITABLE: {
    category: 'endpoint',
    meaning:
      'A file of the run could not be made durable: the disk is full, read-only or failing. The state before it is intact.',
    remedy: 'Make room or repair the disk, then `datamigrato resume`.',
  },
  DM_STATE_UNSAFE: {
    category: 'endpoint',
    meaning: 'A file or folder of the state is a link, belongs to another user or can be changed by other users.',
    remedy: 'Look who put it there, remove it, or name another folder with --state-folder.',
  },
  DM_STATE_OTHER_PLAN: {
    category: 'usage',
    meaning:
      'The run was started with another plan, other stores or versions of this program that do not read its positions.',
    remedy:
      'Use the plan, the stores and the versions that the message names, or start the migration anew as another run.',
  },
  DM_RUN_BEGUN: {
    category: 'usage',
    meaning: 'A run of this name has begun already.',
    remedy: 'Go on with it by `datamigrato resume <run>`, or start another run.',
  },
  DM_RUN_UNKNOWN: {
    category: 'usage',
    meaning: 'The state folder has no run of this name.',
    remedy: '`datamigrato status` lists the runs; --state-folder names another folder.',
  },
  DM_RUN_UNFINISHED: {
    category: 'usage',
    meaning: 'Dead letters can be written again once a run is finished: until then there may be more.',
    remedy: 'Finish the run with `datamigrato resume <run>`, then `datamigrato retry <run>`.',
  },
  DM_DEAD_LETTER_UNREADABLE: {
    category: 'record',
    meaning: 'A dead letter was retried whose text is not typed JSON of a record any more.',
    remedy: 'Correct the record at its source and copy its entity again.',
  },
  DM_STATE_MISUSED: {
    category: 'internal',
    meaning: 'This program asked for something to be recorded that cannot be: a fault of ours.',
    remedy: 'Report it. The state before it is intact and can be resumed.',
  },
  DM_RUN_LOCKED: {
    category: 'usage',
    meaning: 'Another process runs this migration, or took it over from this one while it did not answer.',
    remedy: 'Wait until the other process is done, or stop it and start again.',
  },
};
