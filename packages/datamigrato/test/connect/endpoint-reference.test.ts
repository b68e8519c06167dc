import { describe, expect, test } from 'vitest';
import { createConnectorSet } from '../../src/connect/connector-set.js';
import { readReference, resolveReference, schemeOf } from '../../src/connect/endpoint-reference.js';
import { knownConnectors, loadKnownConnector } from '../../src/connect/known-connectors.js';
import { isConnector } from '../../src/connect/loaded-connector.js';
import { createRedactor } from '../../src/secret/redactor.js';

const connectors = createConnectorSet([], createRedactor());
const idOf = async (text: string): Promise<string> => {
  const { connector } = await readReference(text, connectors);
  return typeof connector === 'string' ? connector : connector.id;
};

test.each(knownConnectors)('what is known of $id is true of its package', async (known) => {
  const { connector, errorCatalogue } = await loadKnownConnector(known);
  expect({ id: connector.id, schemes: connector.schemes }).toEqual({ id: known.id, schemes: known.schemes });
  expect(Object.keys(errorCatalogue).length).toBeGreaterThan(5);
});

describe('a connection string', () => {
  test.each([
    ['mongodb://host/shop', 'mongodb'],
    ['MongoDB://host/shop', 'mongodb'],
    ['mongodb+srv://host.example.com/shop', 'mongodb'],
    ['cassandra://host/ks?localDataCenter=dc1', 'cassandra'],
    ['astra://0000-1111/ks', 'cassandra'],
    ['file:./folder', 'file'],
    ['./folder', 'file'],
    ['movies.json', 'file'],
    ['C:\\data', 'file'],
    ['/absolute', 'file'],
    ['mongodb:', 'mongodb'],
    ['rtdb://shop/movies', 'firebase-realtime'],
    ['https://shop.firebaseio.com', 'firebase-realtime'],
    ['https://shop.europe-west1.firebasedatabase.app/movies?emulator=localhost:9000', 'firebase-realtime'],
  ])('%s belongs to %s', async (text, id) => expect(await idOf(text)).toBe(id));

  test.each([
    'dynamodb://x',
    'http://example.com/x.json',
    'https://example.com/x.json',
    'https://x.firebaseio.com.example.com/',
    'constructor://x',
  ])('%s has no connector', async (text) => {
    await expect(readReference(text, connectors)).rejects.toMatchObject({
      code: 'DM_CONNECTOR_UNKNOWN',
      category: 'usage',
    });
  });

  test('that is empty is an error of its own', async () => {
    await expect(readReference('', connectors)).rejects.toMatchObject({ code: 'DM_URL_EMPTY' });
  });

  test('names its entity', async () => {
    expect((await readReference('mongodb://host/shop#movies', connectors)).entity).toBe('movies');
    expect((await readReference('https://shop.firebaseio.com/a/b', connectors)).entity).toBe('a/b');
  });
});

test('an id that nobody has is an error that lists those there are', async () => {
  await expect(resolveReference({ connector: 'oracle' }, connectors)).rejects.toMatchObject({
    code: 'DM_CONNECTOR_UNKNOWN',
    message: expect.stringContaining('cassandra, file, firebase-realtime, firestore, mongodb'),
  });
});

test('a scheme has at least two letters', () => {
  expect([schemeOf('C:/x'), schemeOf('./a:b'), schemeOf('a b:c'), schemeOf('ab:c')]).toEqual([
    undefined,
    undefined,
    undefined,
    'ab',
  ]);
});

test('what only looks a little like a connector is none', () => {
  for (const thing of [null, 1, {}, { id: 'x', version: '1', schemes: [] }]) expect(isConnector(thing)).toBe(false);
});
