import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { limitChoice } from '../../src/command/limit-choice.js';

describe('--on-limit', () => {
  const choice = limitChoice(true);

  it('takes a choice for each limit, one after the other', () => {
    expect(choice('keyBytes=refuse', choice('depth=spill', choice('other=reject')))).toEqual({
      other: 'reject',
      depth: 'spill',
      keyBytes: 'refuse',
    });
  });

  it.each(['', 'keyBytes', 'keyBytes=', 'keyBytes=spill', 'size=refuse', 'depth=spill=spill', '__proto__=refuse'])(
    'refuses %j',
    (text) => {
      expect(() => choice(text)).toThrow(InvalidArgumentError);
    },
  );

  it('takes the field that large records are split by, whatever its name', () => {
    expect(choice('recordBytes=split:lines')).toEqual({ recordBytes: { split: 'lines' } });
    expect(choice('recordBytes=split:a=b:c')).toEqual({ recordBytes: { split: 'a=b:c' } });
    for (const text of ['recordBytes=split:', 'recordBytes=split', 'fieldBytes=split:lines'])
      expect(() => choice(text)).toThrow(InvalidArgumentError);
    expect(() => limitChoice(false)('recordBytes=split:lines')).toThrow(InvalidArgumentError);
  });

  it('refuses a limit that is given twice, and spilling where a plan is made already', () => {
    expect(() => choice('depth=refuse', { depth: 'spill' })).toThrow(/twice/);
    expect(limitChoice(false)('depth=refuse')).toEqual({ depth: 'refuse' });
    expect(() => limitChoice(false)('depth=spill')).toThrow(/depth=reject or depth=refuse/);
  });
});
