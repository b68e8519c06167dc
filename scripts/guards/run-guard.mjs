/**
 * A check of the workspace: a name, what it counts, the least it must have counted, and the check itself.
 * @typedef {{
 *   name: string, unit: string, atLeast: number,
 *   check: (root: string) => Findings | Promise<Findings>,
 * }} Guard
 * @typedef {{ checked: number, problems: string[] }} Findings
 */

/**
 * Runs one guard. It passes when it found no problem and checked at least its floor; a check that throws has failed.
 * @param {Guard} guard
 * @param {string} root
 */
export async function runGuard({ name, unit, atLeast, check }, root) {
  const { checked, problems } = await findingsOf(check, root);
  const all = checked < atLeast ? [...problems, `checked ${checked} ${unit}, expected at least ${atLeast}`] : problems;
  return { name, unit, checked, problems: all, passed: all.length === 0 };
}

async function findingsOf(check, root) {
  try {
    return await check(root);
  } catch (error) {
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return { checked: 0, problems: [`the guard broke: ${error.message}${cause}`] };
  }
}
