import type { FieldCondition } from '@datamigrato/core';
import { InvalidArgumentError } from 'commander';

/** Field names of a list such as `a,b`; a comma inside a name is written `\,`. */
export function fieldList(text: string): readonly string[] {
  const names = splitList(text);
  if (names.some((name) => name === '')) throw new InvalidArgumentError('A name is empty.');
  return names;
}

/** The parts of a key: `id`, `country,year`, or with parentheses round those that place a record: `(country,city),year`. */
export function keyParts(
  text: string,
): readonly string[] | { readonly partition: readonly string[]; readonly clustering: readonly string[] } {
  const grouped = /^\((.*)\)(?:,(.*))?$/s.exec(text.trim());
  if (grouped === null) {
    if (/[()]/.test(text))
      throw new InvalidArgumentError('Parentheses stand round the first parts: (country,city),year');
    return fieldList(text);
  }
  return { partition: fieldList(grouped[1] ?? ''), clustering: grouped[2] === undefined ? [] : fieldList(grouped[2]) };
}

/** An entity to move: `movies`, or `movies=films` to give it another name. An `=` or `\` inside a name is written with a `\` before it. */
export function entityChoice(text: string, before: readonly EntityFlag[] = []): readonly EntityFlag[] {
  const [source = '', target, ...more] = splitAt(text, '=');
  if (source === '' || target === '' || more.length > 0)
    throw new InvalidArgumentError('Write <source> or <source>=<target>.');
  return [...before, { source, ...(target !== undefined && { target }) }];
}

/** One `--entity`. */
export interface EntityFlag {
  readonly source: string;
  readonly target?: string;
}

/** A name and what it becomes, `old=new`, collected over repetitions of the flag. */
export function nameAndValue(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [name = '', value, ...more] = splitAt(text, '=');
  if (name === '' || value === undefined) throw new InvalidArgumentError('Write <name>=<value>.');
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`${JSON.stringify(name)} is given twice.`);
  return Object.fromEntries([...Object.entries(before), [name, [value, ...more].join('=')]]);
}

/** One `--filter`: a field, how it is compared, and the values as typed. */
export interface FilterFlag {
  readonly field: string;
  readonly is: FieldCondition['is'];
  readonly texts: readonly string[];
}

/**
 * A condition of a filter, collected over repetitions of the flag: `age>=18`, `address.city=Wien`, `country in at,ch`, `email exists`.
 *
 * The first comparison ends the field's name; dots in it lead into nested documents. In a list, a comma inside a value is written `\\,`.
 */
export function filterCondition(text: string, before: readonly FilterFlag[] = []): readonly FilterFlag[] {
  const [, present, is] = /^\s*(\S+)\s+(exists|missing)\s*$/.exec(text) ?? [];
  if (present !== undefined) return [...before, { field: present, is: is === 'exists' ? is : 'missing', texts: [] }];
  const [, member, list = ''] = /^\s*(\S+)\s+in\s+(.+)$/s.exec(text) ?? [];
  if (member !== undefined)
    return [...before, { field: member, is: 'in', texts: splitList(list).map((value) => value.trim()) }];
  const [, field = '', operator, value = ''] = /^\s*([^=<>!\s]+)\s*(!=|<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  const known = (['=', '!=', '<', '<=', '>', '>='] as const).find((one) => one === operator);
  if (known !== undefined) return [...before, { field, is: known, texts: [value.trim()] }];
  throw new InvalidArgumentError(
    'Write <field>=<value>, or with !=, <, <=, > or >=, <field> in <value>,<value>, <field> exists, or <field> missing.',
  );
}

/** A whole number from `least` up. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`A whole number from ${least} up is needed.`);
  };
}

/** A size in bytes: `1000000`, `500kB`, `2MB`, `4GB`, or with `KiB`, `MiB`, `GiB`. */
export function byteCount(text: string): number {
  const match = /^(\d+)\s*([kKMG]i?)?B?$/.exec(text);
  const unit =
    { k: 1e3, K: 1e3, M: 1e6, G: 1e9, ki: 1024, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 }[match?.[2] ?? ''] ?? 1;
  const bytes = Number(match?.[1] ?? Number.NaN) * unit;
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidArgumentError('A size such as 500MB or 4GiB is needed.');
}

/** When catching up ends: `until-quiet`, or a time such as `30s`, `5m`, `2h`, in milliseconds. */
export function catchUpEnd(text: string): 'until-quiet' | number {
  if (text === 'until-quiet') return text;
  const [, count = '', unit = ''] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  const milliseconds = Number(count) * ({ s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  throw new InvalidArgumentError('Write until-quiet, or a time such as 30s, 5m or 2h.');
}

/** Collects a flag that may be repeated. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function splitList(text: string): readonly string[] {
  return splitAt(text, ',');
}

/** Splits at a character that no backslash stands before, and takes those backslashes away. */
function splitAt(text: string, separator: string): readonly string[] {
  const parts: string[] = [''];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? '';
    const next = text[index + 1];
    if (character === '\\' && (next === separator || next === '\\')) {
      parts[parts.length - 1] += next;
      index += 1;
    } else if (character === separator) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
