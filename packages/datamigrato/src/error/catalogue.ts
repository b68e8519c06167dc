import type { ErrorCatalogue } from '@datamigrato/core';
import { stateErrorCatalogue } from '../state/state-errors.js';

/** The codes of this package: what a call or a command line itself can get wrong. */
export const errorCatalogue: ErrorCatalogue = {
  ...stateErrorCatalogue,
  DM_CONNECTOR_UNKNOWN: {
    category: 'usage',
    meaning: 'No connector takes a connection string with this scheme, or has this id.',
    remedy:
      'Check the spelling against `datamigrato connectors`. For another store, install its connector package and name it with --connector.',
  },
  DM_CONNECTOR_MISSING: {
    category: 'usage',
    meaning: 'A connector package, or the driver that it needs, is not installed.',
    remedy: 'Run the command in the message.',
  },
  DM_CONNECTOR_INCOMPATIBLE: {
    category: 'usage',
    meaning: 'A package named with --connector exports no connector, or one for another version of the contract.',
    remedy: 'Check the name, or install a version of the package that fits this version of datamigrato.',
  },
  DM_URL_EMPTY: {
    category: 'usage',
    meaning: 'A connection string is empty, usually because a variable of the shell is.',
    remedy: 'Check the variable that it comes from.',
  },
  DM_VARIABLE_MISSING: {
    category: 'usage',
    meaning: 'A connection string holds ${NAME}, and neither NAME nor NAME_FILE is set to something usable.',
    remedy: 'Set NAME, or NAME_FILE to the path of a file that holds the value.',
  },
  DM_CONSENT_MISSING: {
    category: 'usage',
    meaning:
      'The target already holds records in an entity that would be written to, and nobody agreed. Nothing was written.',
    remedy: 'Repeat the destination of the message with --allow-writes-to, or choose an empty target.',
  },
  DM_LOSS_UNACCEPTED: {
    category: 'usage',
    meaning: 'The plan has conversions that lose something, and nobody agreed. Nothing was written.',
    remedy:
      'Look at them with `datamigrato plan`; agree with --accept-loss, or keep every kind with --fidelity tagged.',
  },
  DM_PLAN_FILE: {
    category: 'usage',
    meaning: 'A plan file cannot be read or written, or is not one of this program.',
    remedy: 'Make one with `datamigrato plan <from> <to> --out plan.json`.',
  },
  DM_STORE_UNNAMED: {
    category: 'usage',
    meaning:
      'A plan holds no credentials and a run keeps none, so that a store has to be named again where its password or token was written out.',
    remedy:
      'Add --from and --to, or set DATAMIGRATO_FROM and DATAMIGRATO_TO. Where passwords come from variables (`${NAME}` in a connection string), runs go on without that.',
  },
  DM_RUN_ELSEWHERE: {
    category: 'usage',
    meaning:
      'A run was begun in another working directory. Relative paths of its stores start there, and credentials were found there.',
    remedy: 'Go to the folder of the message, or name both stores again with --from and --to.',
  },
  DM_EVENTS_UNWRITABLE: {
    category: 'usage',
    meaning: 'The file for events cannot be written. The migration was stopped in order.',
    remedy: 'Name a file in a folder that is there and writable with --events, and make room.',
  },
  DM_REPORT_UNWRITABLE: {
    category: 'usage',
    meaning: 'The file for the page of a run cannot be written.',
    remedy:
      'Name a file in a folder that is there and writable with --out, or leave --out away: the page then lies in the folder of the run.',
  },
  DM_POPULATE_FOLDER: {
    category: 'usage',
    meaning: 'populate was given a folder or a file with several entities instead of one document.',
    remedy: 'Name one JSON document, or copy a whole folder with `datamigrato copy`.',
  },
  DM_DOWNLOAD_REFUSED: {
    category: 'usage',
    meaning:
      'An address was not asked: it is not https, shows no certificate to trust, or leads to this machine, a private network or nowhere public, directly or by a redirect.',
    remedy:
      'If you mean that very host on a private network, allow it with --allow-private; what it redirects to must be named itself.',
  },
  DM_DOWNLOAD_UNUSABLE: {
    category: 'usage',
    meaning: 'An address answered with something else than a JSON document.',
    remedy: 'Check the address in a browser; pages that show data often have another address for the data itself.',
  },
  DM_DOWNLOAD_TOO_LARGE: {
    category: 'usage',
    meaning: 'A download has more bytes, packed or unpacked, than allowed.',
    remedy: 'Allow more with --max-bytes if you trust its source.',
  },
  DM_DOWNLOAD_TIMEOUT: {
    category: 'transient',
    meaning: 'A host did not accept a connection, fell silent, or did not finish in time.',
    remedy: 'Try again later, or download the file yourself and name its path.',
  },
  DM_DOWNLOAD_FAILED: {
    category: 'transient',
    meaning:
      'A connection could not be made or broke, or the host said that it cannot answer now, and so it was again and again.',
    remedy: 'Check the address and the network, then try again.',
  },
  DM_CODE_UNKNOWN: {
    category: 'usage',
    meaning: '`datamigrato explain` was given a code that does not exist.',
    remedy: 'Copy the code from the message; docs/errors.md lists all of them.',
  },
};
