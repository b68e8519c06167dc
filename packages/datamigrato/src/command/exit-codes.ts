/** The exit codes of the command line, each with what it means. The README shows this table, and a test holds the two together. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  fault: { code: 1, meaning: 'our bug' },
  usage: { code: 2, meaning: 'usage, configuration or a file of the user' },
  deadLetters: { code: 3, meaning: 'done, some records are dead letters' },
  errorLimit: { code: 4, meaning: 'stopped at the error limit' },
  refused: {
    code: 5,
    meaning: 'an endpoint refuses for good: authentication, permission, missing entity, schema conflict',
  },
  verification: { code: 6, meaning: 'verification differs or is inconclusive' },
  locked: { code: 7, meaning: 'locked by another process' },
  state: { code: 8, meaning: 'the state folder cannot be trusted or written' },
  unavailable: { code: 9, meaning: 'an endpoint is unavailable beyond the retry budget' },
  question: { code: 10, meaning: 'a question that nobody can answer here; the flag that answers it is named' },
  loss: { code: 11, meaning: 'the plan has losses or limits that nobody accepted' },
  interrupted: { code: 130, meaning: 'interrupted (SIGINT) after a clean end' },
  terminated: { code: 143, meaning: 'terminated (SIGTERM) after a clean end' },
} as const;
