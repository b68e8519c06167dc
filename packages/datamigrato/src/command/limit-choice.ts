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

/** What happens where records are beyond a limit, `depth=refuse`, collected over repetitions of the flag. Spilling and splitting are a matter of the mapping: a plan that is made already says so. */
export function limitChoice(spills: boolean): (text: string, before?: LimitChoices) => LimitChoices {
  return (text, before = {}) => {
    const [limit = '', choice = '', ...more] = text.split('=');
    const names = Object.keys(limitNames) as readonly LimitName[];
    const name = names.find((one) => one === limit);
    if (name === undefined) throw new InvalidArgumentError(`Limits are ${names.join(', ')}.`);
    if (before[name] !== undefined) throw new InvalidArgumentError(`${name} is given twice.`);
    const isSplit = spills && name === 'recordBytes' && choice.startsWith('split:') && choice.length > 'split:'.length;
    if (isSplit) return { ...before, recordBytes: { split: text.slice('recordBytes=split:'.length) } };
    const maySpill = spills && name === 'depth';
    if (more.length === 0 && (choice === 'reject' || choice === 'refuse')) return { ...before, [name]: choice };
    if (more.length === 0 && choice === 'spill' && maySpill) return { ...before, depth: choice };
    throw new InvalidArgumentError(
      `Write ${name}=reject${maySpill ? ', depth=spill' : ''}${spills && name === 'recordBytes' ? ', recordBytes=split:<field>' : ''} or ${name}=refuse.`,
    );
  };
}
