import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { cassandraConnector } from '../../src/index.js';

const configure = (contactPoints: unknown) =>
  cassandraConnector.configure({ contactPoints, localDataCenter: 'dc1', keyspaceName: 'shop' });

test.each([
  'cassandra://ada:s3cret@127.0.0.1/shop',
  ['127.0.0.1', 'ada:s3cret@127.0.0.1'],
  '127.0.0.1,https://s3cret@h',
  'h?password=s3cret',
  's3cret host',
  ['s3cret\nhost'],
])('S-06 a connection string where a host belongs is refused without being shown: %j', async (contactPoints) => {
  const error: unknown = await configure(contactPoints).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'DM_OPTIONS_INVALID', category: 'usage' });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('s3cret');
});

test.each([
  'localhost',
  'node_1.cluster-a.example',
  '127.0.0.1',
  '::1',
  '[::1]',
  'fe80::1%eth0',
  'host:9042',
  ['a', 'b'],
  'a, b',
])('hosts are taken as people write them: %j', async (contactPoints) => {
  expect((await configure(contactPoints)).description.id).toContain('/shop');
});
