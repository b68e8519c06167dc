import {
  BinaryValue,
  double,
  type Manifest,
  ObjectIdValue,
  type RecordKey,
  type Value,
  type ValueKind,
  valueToText,
} from '@datamigrato/core';
import { boundaryValues } from './boundary-values.js';

/** Texts that a careless key codec takes for one another, or for a command, a path or a number. None is empty. */
const hostileTexts: readonly string[] = [
  ...['a', 'A', 'a.b', 'a_b', 'a/b', 'a\\b', 'a b', 'a%2Fb', 'a%252Fb', 'a+b', 'a:b', 'a~b', 'a-b', 'ab'],
  ...['1', '01', '1.0', '1e0', '-1', '+1', ' 1', '1 ', '10', '2', '9007199254740993', 'NaN', 'null', 'true'],
  ...['.', '..', '...', '__proto__', '__x__', 'constructor', 'toString', '$x', '#', '[0]', '[', ']', '{}', '*', '?'],
  ...['507f1f77bcf86cd799439011', '507F1F77BCF86CD799439011', 'i~1', 's~a', 's~s~a', 'h~0', 'j~{}', '@dm'],
  ...['é', 'e\u0301', 'ß', 'ss', 'SS', 'İ', 'i', 'I', '\u{1F600}', '\u{10FFFF}', '\uffff', '\ufb01', 'fi'],
  ...[
    '\t',
    '\n',
    '\u007f',
    '\u0001',
    '\u200b',
    'a\u200bb',
    "'",
    '"',
    '`',
    "' OR ''='",
    '--',
    ';',
    ',',
    '&',
    '=',
    '<',
    '>',
  ],
];

/** Texts of numbers that stores which order numbers by value take for 0 and for 1. */
const repeated = /"v":"(?:-0|1\.00|0E\+3)"/;

/** Keys of one kind that must stay apart in the store. */
export function hostileKeysOf(kind: ValueKind): readonly Value[] {
  if (kind === 'string') return hostileTexts;
  const { ordinary, awkward } = boundaryValues[kind];
  return [...ordinary, ...awkward].filter((value) => !repeated.test(valueToText(value)));
}

/**
 * Keys that must stay apart, all for one entity: where records choose their kinds themselves, keys of different kinds whose texts are equal too.
 *
 * Numbers of different kinds and equal value are left out: stores that order numbers by value take them for one key.
 */
export function hostileKeys(manifest: Manifest, kind: ValueKind): readonly RecordKey[] {
  const keys = [...hostileKeysOf(kind)];
  if (manifest.shape === 'document') {
    const others: readonly (readonly [ValueKind, Value])[] = [
      ['int32', 1],
      ['int64', 9007199254740993n],
      ['double', double(2.5)],
      ['boolean', true],
      ['objectId', new ObjectIdValue(Buffer.from('507f1f77bcf86cd799439011', 'hex'))],
      ['binary', new BinaryValue(Buffer.from('a'))],
    ];
    for (const [other, key] of others) if (other !== kind && manifest.keyKinds.includes(other)) keys.push(key);
  }
  return keys.map((key) => [key]);
}
