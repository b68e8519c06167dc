import { createKeyText, lockFromText, valueFromText } from '@datamigrato/core';
import { describe, expect, test } from 'vitest';
import {
  byteCount,
  entityChoice,
  fieldList,
  keyParts,
  nameAndValue,
  wholeNumber,
} from '../../src/command/flag-values.js';
import { schemeOf } from '../../src/connect/endpoint-reference.js';
import { knownConnectors, loadKnownConnector } from '../../src/connect/known-connectors.js';
import { recordOf } from '../../src/connect/store-record.js';
import { downloadUrl, shownUrl } from '../../src/populate/guarded-address.js';
import { documentName } from '../../src/populate/populate-source.js';
import { isPublicAddress } from '../../src/populate/public-address.js';
import { cutToWidth, displayWidth, printable } from '../../src/render/printable.js';
import { expandVariables } from '../../src/secret/expand-variables.js';
import { createRedactor, redactUrls } from '../../src/secret/redactor.js';

/** Long enough that a check whose time grows with the square of the length takes many seconds. */
const size = 128 * 1024;

/** Connection strings and flags come from whoever starts the program; what is shown or downloaded does not. */
const typedSize = 4 * 1024;

/** What patterns with nested or adjacent repetitions stumble over: one piece again and again, and an end that does not fit. */
const pieces = [
  ...[
    'a',
    'a.',
    'a-',
    '.',
    '-',
    '+',
    '%',
    '%25',
    '@',
    ':',
    '/',
    '//',
    '://',
    'a://',
    'a@',
    '?',
    '?a=',
    '&a=b',
    ';a',
    '=',
    '=a',
    ',',
    ',a:b',
  ],
  ...[
    '#',
    '$',
    '${',
    '${a}',
    '{',
    '[',
    '(',
    ')',
    '()',
    '"',
    "'",
    '`',
    '\\',
    '\\,',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '0',
    '1.',
    '127.',
    'f:',
    '::',
  ],
  ...['\u001b[', 'é', '\u0301', '漢', '😀', '\ud800', '<', '>', '|', '*', '?token=a', 'password='],
];
const ends = ['', '!', '@'];

const connectors = await Promise.all(knownConnectors.map(async (known) => (await loadKnownConnector(known)).connector));
const redactor = createRedactor();
redactor.register('correct-horse-battery');
redactor.registerUrl('mongodb://ada:hunter22@host/shop?token=abcdef');
const keyText = createKeyText();

interface Check {
  readonly name: string;
  readonly check: (text: string) => unknown;
  readonly length: number;
}

const of =
  (length: number) =>
  (entry: readonly [name: string, check: (text: string) => unknown]): Check => ({
    name: entry[0],
    check: entry[1],
    length,
  });

const shown: readonly (readonly [name: string, check: (text: string) => unknown])[] = [
  ['printable', printable],
  ['displayWidth', displayWidth],
  ['cutToWidth', (text) => cutToWidth(text, 80)],
  ['redactUrls', redactUrls],
  ['redact', (text) => redactor.redact(text)],
  ['expandVariables', (text) => expandVariables(text, {}).catch(() => undefined)],
  ['schemeOf', schemeOf],
  ['downloadUrl', (text) => shownUrl(downloadUrl(`https://${text}`))],
  ['documentName', documentName],
  ['isPublicAddress', isPublicAddress],
  ['valueFromText', valueFromText],
  ['lockFromText', (text) => lockFromText(text, 'here')],
  ['key text', (text) => keyText.decode(text)],
  ...connectors.flatMap((connector) =>
    connector.schemes.map(
      (scheme) => [`parseUrl ${scheme}`, (text: string) => connector.parseUrl(`${scheme}://${text}`)] as const,
    ),
  ),
];

const typed: readonly (readonly [name: string, check: (text: string) => unknown])[] = [
  ['registerUrl', (text) => createRedactor().registerUrl(text)],
  ['recordOf', (text) => recordOf(text, 'mongodb')],
  ['recordOf a foreign connector', (text) => recordOf(`x://${text}`, 'x')],
  ['fieldList', fieldList],
  ['keyParts', keyParts],
  ['entityChoice', entityChoice],
  ['nameAndValue', nameAndValue],
  ['byteCount', byteCount],
  ['wholeNumber', wholeNumber(0)],
];

const checks = [...shown.map(of(size)), ...typed.map(of(typedSize))];

describe('S-14 no text keeps a check busy', () => {
  test.each(checks)(
    '$name',
    async ({ check, length }) => {
      const slow: string[] = [];
      let tried = 0;
      for (const piece of pieces) {
        for (const end of ends) {
          const text = piece.repeat(Math.ceil(length / piece.length)) + end;
          const before = process.cpuUsage();
          try {
            await check(text);
          } catch (error) {
            // A refusal is an answer, which has to come soon; a fault is none.
            if (error instanceof TypeError) throw error;
          }
          const { user, system } = process.cpuUsage(before);
          const milliseconds = (user + system) / 1000;
          if (milliseconds > 1_000)
            slow.push(`${JSON.stringify(piece)} ${JSON.stringify(end)}: ${Math.round(milliseconds)} ms`);
          tried += 1;
          if (slow.length > 2) break;
        }
        if (slow.length > 2) break;
      }
      expect(slow).toEqual([]);
      expect(tried).toBe(pieces.length * ends.length);
    },
    120_000,
  );
});
