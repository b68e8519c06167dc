import type { LimitChoices, LimitName } from '@datamigrato/core';
import { InvalidArgumentError } from 'commander';

/** The limits, as core names them; core itself is loaded by the verbs alone. */
const limitNames: Readonly<Record<LimitName, true>> = {
  recordBytes: true,
  fieldBytes: true,
  keyBytes: true,
  depth: true,
  valueRange: true,
  other: true,
};

/** What happens where records are beyond a limit, `depth=spill`, collected over repetitions of the flag. */
export function limitChoice(text: string, before: LimitChoices = {}): LimitChoices {
  const [limit = '', choice = '', ...more] = text.split('=');
  const names = Object.keys(limitNames) as readonly LimitName[];
  const name = names.find((one) => one === limit);
  if (name === undefined) throw new InvalidArgumentError(`Limits are ${names.join(', ')}.`);
  if (before[name] !== undefined) throw new InvalidArgumentError(`${name} is given twice.`);
  if (more.length === 0 && (choice === 'reject' || choice === 'refuse')) return { ...before, [name]: choice };
  if (more.length === 0 && choice === 'spill' && name === 'depth') return { ...before, depth: choice };
  throw new InvalidArgumentError(`Write ${name}=reject${name === 'depth' ? ', depth=spill' : ''} or ${name}=refuse.`);
}
