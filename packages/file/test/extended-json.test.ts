import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BinaryValue,
  CodeValue,
  decimal,
  double,
  instant,
  LogicalTimestampValue,
  minKey,
  ObjectIdValue,
  PointerValue,
  RegularExpressionValue,
  UuidValue,
  undefinedValue,
  valueToText,
} from '@datamigrato/core';
import * as bson from 'bson';
import { describe, expect, it } from 'vitest';
import { bsonKinds, oid, uuid, uuidBytes } from './bson-kinds.js';
import { openFile, readAll, temporaryFolder } from './harness.js';

async function readLines(name: string, text: string, options = {}) {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return readAll(await openFile(path, options), 'x');
}

const canonical = (value: unknown) => bson.EJSON.stringify(value, undefined, undefined, { relaxed: false });

describe('canonical Extended JSON, version 2', () => {
  it.each(Object.entries(bsonKinds))('%s', async (_kind, [native, expected]) => {
    const { records, failures } = await readLines(
      'x.json',
      `${canonical({ _id: new bson.ObjectId(oid), v: native })}\n`,
    );
    expect(failures).toEqual([]);
    expect(valueToText(records[0]?.fields ?? {})).toBe(valueToText({ v: expected }));
  });

  it('as an array, and with any kind as the key', async () => {
    const all = Object.values(bsonKinds);
    const text = `[${all.map(([native], index) => canonical({ _id: native, n: new bson.Int32(index) })).join(',\n')}]`;
    const { records, failures } = await readLines('x.json', text);
    expect(failures).toEqual([]);
    expect(records.map(({ key }) => valueToText([...key]))).toEqual(all.map(([, expected]) => valueToText([expected])));
  });
});

it('relaxed Extended JSON as mongoexport writes it', async () => {
  const line = `{"_id":{"$oid":"${oid}"},"a":5,"b":5.0,"c":5000000000,"d":{"$date":"2020-02-29T12:34:56.789Z"},"e":{"$date":{"$numberLong":"-62167219200001"}},"f":9007199254740993,"g":{"$numberDouble":"NaN"},"h":{"$uuid":"${uuid}"}}`;
  const { records } = await readLines('x.json', line);
  expect(valueToText(records[0]?.fields ?? {})).toBe(
    valueToText({
      a: 5,
      b: double(5),
      c: 5000000000n,
      d: instant(1582979696789),
      e: instant(-62167219200001),
      f: 9007199254740993n,
      g: double(Number.NaN),
      h: new UuidValue(uuidBytes),
    }),
  );
});

it('version 1, strict mode, as mongoexport 3 wrote it', async () => {
  const line = `{"_id":{"$oid":"${oid}"},"a":{"$numberLong":"5"},"b":{"$date":"2020-02-29T12:34:56.789+0000"},"c":{"$date":1582979696789},"d":{"$date":{"$numberLong":"-1"}},"e":{"$binary":"AQL/","$type":"80"},"f":{"$type":"03","$binary":"${uuidBytes.toString('base64')}"},"g":{"$regex":"^a","$options":"i"},"h":{"$timestamp":{"t":4294967295,"i":7}},"i":{"$undefined":true},"j":{"$minKey":1},"k":{"$code":"f","$scope":{}},"l":{"$dbPointer":{"$ref":"db.c","$id":{"$oid":"${oid}"}}},"m":{"$numberDecimal":"0E-3"}}`;
  const { records, failures } = await readLines('x.json', line);
  expect(failures).toEqual([]);
  expect(valueToText(records[0]?.fields ?? {})).toBe(
    valueToText({
      a: 5n,
      b: instant(1582979696789),
      c: instant(1582979696789),
      d: instant(-1),
      e: new BinaryValue(Buffer.from([1, 2, 255]), 0x80),
      f: new BinaryValue(uuidBytes, 3),
      g: new RegularExpressionValue('^a', 'i'),
      h: new LogicalTimestampValue(4294967295, 7),
      i: undefinedValue,
      j: minKey,
      k: new CodeValue('f', {}),
      l: new PointerValue('db.c', new ObjectIdValue(Buffer.from(oid, 'hex'))),
      m: decimal('0E-3'),
    }),
  );
});

it.each([
  '{"$oid":"xyz"}',
  '{"$date":"yesterday"}',
  '{"$date":"2020-13-01T00:00:00Z"}',
  '{"$numberInt":"2147483648"}',
  '{"$numberLong":"9223372036854775808"}',
  '{"$numberLong":"1.5"}',
  '{"$numberDouble":"one"}',
  '{"$numberDecimal":"1,5"}',
  '{"$binary":{"base64":"*","subType":"00"}}',
  '{"$binary":{"base64":""}}',
  '{"$uuid":"00"}',
  '{"$timestamp":{"t":-1,"i":0}}',
  '{"$minKey":2}',
  '{"$regularExpression":{"pattern":1,"options":""}}',
])('a wrapper with the wrong contents fails its record: %s', async (wrapper) => {
  const { records, failures } = await readLines('x.ndjson', `{"_id":1,"v":${wrapper}}\n{"_id":2}\n`, {
    format: 'extended-json',
  });
  expect(records.map(({ key }) => key[0])).toEqual([2]);
  expect(failures.map(({ code }) => code)).toEqual(['DM_FILE_RECORD_INVALID']);
});

describe('telling Extended JSON from JSON', () => {
  const oidLine = `{"_id":2,"v":{"$oid":"${oid}"}}\n`;

  it('a later record that looks like Extended JSON in a file that did not is refused, not guessed', async () => {
    const text = `${'{"_id":1,"v":"a long first record to push the next one far away"}\n'.repeat(6000)}${oidLine}`;
    const { failures } = await readLines('x.ndjson', text, { key: '_id' });
    expect(failures.map(({ code }) => code)).toEqual(['DM_FILE_RECORD_EXTENDED_JSON']);
  });

  it('the user has the last word', async () => {
    const asJson = await readLines('x.ndjson', oidLine, { format: 'ndjson' });
    expect(asJson.records[0]?.fields).toEqual({ v: { $oid: oid } });
    const asExtended = await readLines('x.ndjson', '{"_id":1,"v":{"$numberLong":"1"}}\n', { format: 'extended-json' });
    expect(asExtended.records[0]?.fields).toEqual({ v: 1n });
  });

  it('one record alone, and a null as its key', async () => {
    expect((await readLines('x.json', '{"_id":null,"v":{"$numberLong":"1"}}\n')).records).toEqual([
      { key: [null], fields: { v: 1n } },
    ]);
  });

  it('a record may have dollar fields of its own at the top', async () => {
    const { records } = await readLines('x.json', `{"$oid":"x","_id":{"$oid":"${oid}"}}\n{"_id":1}\n`, {
      format: 'extended-json',
    });
    expect(records[0]?.fields).toEqual({ $oid: 'x' });
  });
});
