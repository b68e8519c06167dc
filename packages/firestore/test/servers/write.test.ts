import {
  BinaryValue,
  type DataRecord,
  double,
  entityName,
  GeoPointValue,
  instant,
  ReferenceValue,
  VectorValue,
  valuesEqual,
} from '@datamigrato/core';
import firestore from '@google-cloud/firestore';
import gax from 'google-gax';
import { describe, expect, test } from 'vitest';
import { firestoreConnector } from '../../src/index.js';
import type { NativeDocument } from '../../src/native-document.js';
import { call, describeOnEmulator, openEndpoint, recordsOf, schemaOf, write } from './harness.js';

const done = { failures: [], unchanged: 0 };

await describeOnEmulator('writing', 'demo-firestore-write', (database) => {
  test('every kind lies there as the service itself tells it, and is read back as it was', async () => {
    const record: DataRecord = {
      key: ['kinds'],
      fields: {
        null: null,
        boolean: true,
        small: 5,
        least: -(2n ** 63n),
        most: 2n ** 63n - 1n,
        whole: double(3),
        zero: double(-0),
        nan: double(Number.NaN),
        infinite: double(Number.NEGATIVE_INFINITY),
        tiny: 5e-324,
        text: 'naïve 😀 \u0000 \u2028',
        bytes: new BinaryValue(Uint8Array.of(0, 255)),
        at: instant(Date.UTC(2020, 1, 29, 12, 34, 56, 789), 123_000),
        early: instant(-62_135_596_800_000),
        before: instant(-1, 999_000),
        place: new GeoPointValue(-90, 179.5),
        inside: new ReferenceValue('users/alice'),
        outside: new ReferenceValue('projects/other/databases/(default)/documents/users/bob'),
        vector: new VectorValue(Float64Array.of(0.1, -3)),
        array: [1, 'x', {}, null],
        none: [],
        map: { 'a.b': 1, '': 2, __x__: 3, '`': { deep: [] } },
      },
    };
    expect(await write(database(), 'written', [record])).toEqual(done);
    const { oracle } = database();
    expect(await oracle.document('written/kinds')).toMatchObject({
      small: { integerValue: '5' },
      least: { integerValue: '-9223372036854775808' },
      whole: { doubleValue: 3 },
      zero: { doubleValue: -0 },
      nan: { doubleValue: 'NaN' },
      at: { timestampValue: '2020-02-29T12:34:56.789123Z' },
      before: { timestampValue: '1969-12-31T23:59:59.999999Z' },
      bytes: { bytesValue: 'AP8=' },
      inside: { referenceValue: `projects/${oracle.project}/databases/(default)/documents/users/alice` },
      outside: { referenceValue: 'projects/other/databases/(default)/documents/users/bob' },
      vector: { mapValue: { fields: { __type__: { stringValue: '__vector__' } } } },
    });
    const map = (await oracle.document('written/kinds'))?.['map'] as { mapValue: { fields: object } };
    expect(Object.keys(map.mapValue.fields).sort()).toEqual(['@dm:', '@dm:__x__', '`', 'a.b']);
    const [read] = await recordsOf(database(), 'written');
    expect(read?.key).toEqual(record.key);
    expect(valuesEqual(read?.fields ?? null, record.fields)).toBe(true);
  }, 60_000);

  test('references are held where the service takes them, and only there', async () => {
    const holdsReference = firestoreConnector.manifest.values.reference.holds;
    const ids = ['ok', ' ', 'a\u0000b', '__', '__id5__', '.', '..', '__x__', 'x'.repeat(1500), 'é'.repeat(751)];
    const paths = ids.flatMap((id) => [`things/${id}`, `things/a/inner/${id}`]);
    paths.push('./a', '../a', '__x__/a', 'things/./inner/a');
    const natives = paths.map(
      (path, index): NativeDocument => ({
        path: `references/${index}`,
        fields: {
          to: { referenceValue: `projects/${database().oracle.project}/databases/(default)/documents/${path}` },
        },
      }),
    );
    const outcome = await database()
      .endpoint.target()
      .writeBatch(entityName('references'), natives, { ...call, mode: 'replace' });
    const refused = new Set(outcome.failures.map(({ index }) => index));
    expect(paths.filter((_, index) => !refused.has(index))).toEqual(
      paths.filter((path) => holdsReference?.(new ReferenceValue(path))),
    );
    expect(refused.size).toBe(12);
  }, 60_000);

  describe('modes', () => {
    const first: DataRecord = { key: ['1'], fields: { a: 1n, b: 2n } };
    const second: DataRecord = { key: ['1'], fields: { a: 3n } };

    test('replace takes the place of the whole document, and repeating it changes nothing', async () => {
      expect(await write(database(), 'modes', [first])).toEqual(done);
      for (let time = 0; time < 2; time += 1) {
        expect(await write(database(), 'modes', [second])).toEqual(done);
        expect(await database().oracle.document('modes/1')).toEqual({ a: { integerValue: '3' } });
      }
    });

    test('skip leaves what is there and counts it, create refuses it, each for its record alone', async () => {
      const fresh = (key: string): DataRecord => ({ key: [key], fields: { a: 9n } });
      expect(await write(database(), 'modes', [fresh('2'), first, fresh('3')], 'skip')).toEqual({
        failures: [],
        unchanged: 1,
      });
      const created = await write(database(), 'modes', [fresh('4'), first, fresh('5')], 'create');
      expect(created.failures.map(({ index, error }) => [index, error.code])).toEqual([[1, 'DM_RECORD_EXISTS']]);
      expect(await database().oracle.document('modes/1')).toEqual({ a: { integerValue: '3' } });
      expect([...(await database().oracle.documents('modes')).keys()]).toEqual(
        ['1', '2', '3', '4', '5'].map((id) => `modes/${id}`),
      );
    });
  });

  test('a document that the service refuses concerns itself alone', async () => {
    const encoder = database().endpoint.connector.codec.createEncoder(schemaOf('refused'));
    const natives = Array.from({ length: 20 }, (_, index) =>
      encoder.encode({ key: [String(index)], fields: { index: BigInt(index) } }),
    ) as NativeDocument[];
    // Made by hand: the encoder would not let them pass.
    natives[3] = { path: 'refused/3', fields: { list: { arrayValue: { values: [{ arrayValue: {} }] } } } };
    natives[11] = { path: 'refused/__x__', fields: {} };
    natives[19] = { path: 'refused/19', fields: { text: { stringValue: 'x'.repeat(1_100_000) } } };
    const outcome = await database()
      .endpoint.target()
      .writeBatch(entityName('refused'), natives, { ...call, mode: 'replace' });
    expect(outcome.failures.map(({ index, error }) => [index, error.code, error.category])).toEqual(
      [3, 11, 19].map((index) => [index, 'DM_FIRESTORE_RECORD_REFUSED', 'record']),
    );
    expect((await database().oracle.documents('refused')).size).toBe(17);
  }, 60_000);

  test('a request that is too large is sent in parts', async () => {
    const records = Array.from({ length: 12 }, (_, index) => ({
      key: [String(index)],
      fields: { text: 'é'.repeat(450_000) },
    }));
    expect(await write(database(), 'large', records)).toEqual(done);
    expect((await database().oracle.documents('large')).size).toBe(12);
  }, 60_000);

  test('the bytes that are told of a document are at least those on the wire', async () => {
    const { codec } = database().endpoint.connector;
    const encoder = codec.createEncoder(schemaOf('sizes'));
    const shapes: readonly DataRecord['fields'][] = [
      {},
      { a: 1n },
      { text: 'é'.repeat(1_000) },
      { list: Array.from({ length: 1_000 }, (_, index) => BigInt(index)) },
      { list: Array.from({ length: 1_000 }, () => ({})) },
      { map: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, null])) },
      { vector: new VectorValue(new Float64Array(2_000).fill(0.1)) },
      { refs: Array.from({ length: 100 }, (_, index) => new ReferenceValue(`users/${index}`)) },
    ];
    for (const fields of shapes) {
      const native = encoder.encode({ key: ['1'], fields });
      await database()
        .endpoint.target()
        .writeBatch(entityName('sizes'), [native], { ...call, mode: 'replace' });
      const stored = JSON.stringify(await database().oracle.document('sizes/1'));
      // The JSON form of the service is always longer than its binary form.
      expect(encoder.sizeOf(native)).toBeGreaterThan(stored.length / 6);
    }
  }, 60_000);

  test('several parts of a key make a sub-collection, whose parents need not be there', async () => {
    const records = [
      { key: ['general', '1'], fields: { text: 'hi' } },
      { key: ['other', '1'], fields: { text: 'ho' } },
    ];
    expect(await write(database(), 'rooms/*/messages', records)).toEqual(done);
    expect([...(await database().oracle.documents('messages', 'group')).keys()]).toEqual([
      'rooms/general/messages/1',
      'rooms/other/messages/1',
    ]);
    const target = database().endpoint.target();
    const unfitting = schemaOf('rooms/*/messages', ['only']);
    expect((await target.planEntity(unfitting, call)).conflicts).toHaveLength(1);
    await expect(target.prepareEntity(unfitting, call)).rejects.toMatchObject({ code: 'DM_FIRESTORE_TARGET_CONFLICT' });
    expect(await target.planEntity(schemaOf('rooms/*/messages', ['a', 'b']), call)).toMatchObject({
      exists: true,
      conflicts: [],
    });
    expect(await target.planEntity(schemaOf('nowhere'), call)).toMatchObject({ exists: false, statements: [] });
  }, 60_000);

  test('a client that was handed in is used, and left open', async () => {
    const { address, oracle } = database();
    const client = new firestore.v1.FirestoreClient({
      servicePath: address.host,
      port: address.port,
      sslCreds: gax.grpc.credentials.createInsecure(),
      projectId: oracle.project,
      clientOptions: { universeDomain: 'googleapis.com' },
    });
    const configured = await firestoreConnector.configure({ projectId: oracle.project, client, emulator: true });
    expect(configured.description).toEqual({ id: `firestore://${oracle.project}/(default)`, notices: [] });
    for (const id of ['1', '2']) {
      await using endpoint = await configured.open(call);
      const native = endpoint.connector.codec.createEncoder(schemaOf('handed')).encode({ key: [id], fields: {} });
      const batch = endpoint.target().writeBatch(entityName('handed'), [native], { ...call, mode: 'replace' });
      expect(await batch).toEqual(done);
    }
    expect((await oracle.documents('handed')).size).toBe(2);
    await client.close();
  }, 60_000);

  test('an abort ends a write with its reason, and a closed endpoint takes none', async () => {
    const endpoint = await openEndpoint(database().address, database().oracle.project);
    const reason = new Error('enough');
    const target = endpoint.target();
    const aborted = { signal: AbortSignal.abort(reason), deadline: 10_000, mode: 'replace' } as const;
    const native = { path: 'aborted/1', fields: {} };
    await expect(target.writeBatch(entityName('aborted'), [native], aborted)).rejects.toBe(reason);
    await endpoint.close();
    await endpoint.close();
    expect(() => endpoint.target()).toThrow(expect.objectContaining({ code: 'DM_ENDPOINT_CLOSED' }));
  }, 60_000);
});
