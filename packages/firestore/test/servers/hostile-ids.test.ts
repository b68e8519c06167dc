import { createKeyText, entityName, fieldOf } from '@datamigrato/core';
import { expect, test } from 'vitest';
import { firestoreConnector } from '../../src/index.js';
import { call, describeOnEmulator, recordsOf, schemaOf } from './harness.js';

/** What ids are made of: path separators, steps upwards, reserved names, what the key text escapes with, and what a shell or a query would read. */
const pieces = [
  '..',
  '/',
  '.',
  '__',
  '__id1__',
  '%2F',
  '%',
  's~',
  'i~',
  'dm_split',
  '*',
  '\u0000',
  '\u{1f600}',
  '"',
  '\\',
  '?',
  '`',
  '0',
  '-',
  'fence',
  '\ufeff',
];

/** `RECORDS=100000` tries more. */
const count = Number(process.env['RECORDS'] ?? 20_000);

await describeOnEmulator('hostile ids', 'demo-firestore-hostile', (database) => {
  test('S-11 tens of thousands of them stay apart and below the collection of the entity', async () => {
    const { endpoint, oracle } = database();
    await oracle.fill({ 'fence/a': { n: { integerValue: '1' } } });
    const { keyText, limits } = firestoreConnector.manifest;
    const text = createKeyText({
      maximumBytes: limits.keyBytes ?? 0,
      forbidden: new RegExp(keyText?.forbidden ?? '', 'u'),
      reserved: new RegExp(keyText?.reserved ?? '', 'u'),
    });
    const ids = Array.from({ length: count }, (_, index) => {
      const digits = Array.from(
        index.toString(pieces.length),
        (digit) => pieces[Number.parseInt(digit, pieces.length)],
      );
      return index % 3 === 0 ? digits.join('') : `${digits.join('')}${index}`;
    });
    const distinct = [...new Set(ids)];
    expect(distinct.length).toBeGreaterThan(count * 0.95);
    const encoder = endpoint.connector.codec.createEncoder(schemaOf('target'));
    const target = endpoint.target();
    for (let start = 0; start < distinct.length; start += 500) {
      const natives = distinct
        .slice(start, start + 500)
        .map((id) => encoder.encode({ key: [text.encode(id)], fields: { id } }));
      const { failures } = await target.writeBatch(entityName('target'), natives, { ...call, mode: 'replace' });
      expect(failures).toEqual([]);
    }
    const listed: string[] = [];
    for await (const { entity } of endpoint.source().listEntities(call)) listed.push(entity);
    expect(listed).toEqual(['fence', 'target']);
    expect([...(await oracle.documents('fence')).keys()]).toEqual(['fence/a']);
    expect(await oracle.document('fence/a')).toEqual({ n: { integerValue: '1' } });
    const stored = await recordsOf(database(), 'target', 8);
    expect(stored).toHaveLength(distinct.length);
    for (const { key, fields } of stored) {
      const [name] = key;
      if (typeof name !== 'string' || text.decode(name) !== fieldOf(fields, 'id'))
        throw new Error(`${JSON.stringify(name)} holds ${JSON.stringify(fieldOf(fields, 'id'))}`);
    }
  }, 240_000);
});
