/**
 * What a driver threw, as a cause that may be printed: its name, what is said of it here, and the places in the code.
 *
 * Texts of drivers and stores hold connection strings, keys and records, and so may the objects attached to their errors: none of it stays.
 *
 * @param said - What to say instead of the error's own text, such as a code. Default: its name.
 */
export function redactedCause(thrown: unknown, said?: string): Error | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const cause = new Error(said ?? thrown.name);
  cause.name = thrown.name;
  const frames = thrown.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  cause.stack = [`${cause.name}: ${cause.message}`, ...frames].join('\n');
  return cause;
}
