import { createHash } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isDatamigratoError } from '@datamigrato/core';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSecureBundle, readSecureBundle } from '../src/secure-bundle.js';
import { buildZip, type ZipEnd, type ZipEntry } from './zip-builder.js';

const host = '0a1b2c3d-1111-2222-3333-444455556666-us-east1.db.astra.datastax.com';
const pem = Buffer.from('-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n');
const configuration = (content: unknown): ZipEntry => ({
  name: 'config.json',
  content: Buffer.from(JSON.stringify(content)),
});
const good: readonly ZipEntry[] = [
  configuration({ host, port: 29080, keyspace: 'shop', localDC: 'us-east1' }),
  { name: 'ca.crt', content: pem },
  { name: 'cert', content: pem },
  { name: 'key', content: pem },
  { name: 'cqlshrc', content: Buffer.from('[ssl]\n'), method: 0 },
  { name: 'cert.pfx', content: Buffer.alloc(3000, 1) },
  { name: 'identity.jks', content: Buffer.alloc(3000, 2) },
  { name: 'trustStore.jks', content: Buffer.alloc(3000, 3) },
];
const rules = { allowAnyHost: false };
const with_ = (entry: ZipEntry): readonly ZipEntry[] => [...good.filter((other) => other.name !== entry.name), entry];

/** Bytes that compress to next to nothing. */
const bomb = Buffer.alloc(64 * 1024 * 1024);

const hostile: Readonly<Record<string, { readonly bytes: () => Buffer; readonly why: RegExp }>> = {
  'more than 1 MiB': {
    bytes: () => buildZip([...good, { name: 'key', content: randomLike(1_100_000), method: 0 }]),
    why: /at most 1048576/,
  },
  'no zip': { bytes: () => Buffer.from('<html>Log in first</html>'), why: /not a zip archive/ },
  'cut off': { bytes: () => buildZip(good).subarray(0, 900), why: /not a zip archive/ },
  'a bomb that tells its size': {
    bytes: () => buildZip(with_({ name: 'cqlshrc', content: bomb })),
    why: /inflates to more than 4194304/,
  },
  'a bomb that says it is empty': {
    bytes: () => buildZip(with_({ name: 'cqlshrc', content: bomb, declaredSize: 0 })),
    why: /inflates to more than/,
  },
  'a bomb in a file of the bundle itself': {
    bytes: () => buildZip(with_({ name: 'ca.crt', content: bomb, declaredSize: 100 })),
    why: /inflates to more than/,
  },
  'four gigabytes in a hundred bytes': {
    bytes: () => buildZip(with_({ name: 'cqlshrc', content: Buffer.from('x'), declaredSize: 0xffff_ffff })),
    why: /lies about the size/,
  },
  'a size that is too small': {
    bytes: () => buildZip(with_({ name: 'cqlshrc', content: Buffer.from('four'), declaredSize: 3 })),
    why: /lies about the size/,
  },
  'entries that share their bytes': {
    bytes: () =>
      buildZip([
        ...good.slice(0, 4),
        { name: 'cqlshrc', content: Buffer.alloc(4_000_000) },
        { name: 'cert.pfx', localName: 'cert.pfx', content: Buffer.from('x'), headerOffset: 0 },
      ]),
    why: /names an entry in two ways|overlap/,
  },
  'one header for two entries': {
    bytes: () => buildZip([...good.slice(1), { ...(good[0] as ZipEntry) }, { ...configuration({}), headerOffset: 0 }]),
    why: /two entries of one name/,
  },
  'a name that climbs out': {
    bytes: () => buildZip([...good, { name: '../../.ssh/authorized_keys', content: pem }]),
    why: /leads out of its folder/,
  },
  'an absolute name': { bytes: () => buildZip([...good, { name: '/etc/passwd', content: pem }]), why: /absolute name/ },
  'a drive in a name': { bytes: () => buildZip([...good, { name: 'C:windows', content: pem }]), why: /absolute name/ },
  'a backslash in a name': { bytes: () => buildZip([...good, { name: 'a\\b', content: pem }]), why: /backslash/ },
  'a backslash that climbs': {
    bytes: () => buildZip([...good, { name: '..\\b', content: pem }]),
    why: /leads out of its folder/,
  },
  'a symbolic link': {
    bytes: () => buildZip(with_({ name: 'key', content: Buffer.from('/etc/shadow'), unixMode: 0o120777 })),
    why: /a link/,
  },
  'a folder': {
    bytes: () => buildZip([...good, { name: 'more/', content: Buffer.alloc(0) }]),
    why: /no secure connect bundle has/,
  },
  'a file of another kind': {
    bytes: () => buildZip([...good, { name: 'run.sh', content: Buffer.from('rm') }]),
    why: /no secure connect bundle has/,
  },
  'one name twice': { bytes: () => buildZip([...good, good[0] as ZipEntry]), why: /two entries of one name/ },
  'another name in the entry itself': {
    bytes: () => buildZip(with_({ name: 'key', localName: 'kez', content: pem })),
    why: /names an entry in two ways/,
  },
  'more than 32 entries': {
    bytes: () => buildZip(Array.from({ length: 33 }, () => good[0] as ZipEntry)),
    why: /33 entries/,
  },
  'an encrypted entry': { bytes: () => buildZip(with_({ name: 'key', content: pem, flags: 1 })), why: /encrypted/ },
  'an unusual compression': {
    bytes: () => buildZip(with_({ name: 'key', content: pem, method: 12 })),
    why: /compressed in an unusual way/,
  },
  'a wrong checksum': { bytes: () => buildZip(with_({ name: 'key', content: pem, checksum: 1 })), why: /damaged/ },
  'a part of a split archive': { bytes: () => buildZip(good, { disk: 1 }), why: /split archive/ },
  zip64: { bytes: () => buildZip(good, { directoryOffset: 0xffff_ffff }), why: /zip64/ },
  'bytes before the entries': {
    bytes: () => buildZip(good, { before: Buffer.from('#!/bin/sh\n'), directoryOffset: 0 }),
    why: /belong to no entry/,
  },
  'no host': { bytes: () => buildZip(with_(configuration({ port: 1 }))), why: /without host and port/ },
  'a host with a path': {
    bytes: () => buildZip(with_(configuration({ host: 'evil.example/.astra.datastax.com', port: 1 }))),
    why: /without host and port/,
  },
  'a port that is none': {
    bytes: () => buildZip(with_(configuration({ host, port: 70000 }))),
    why: /without host and port/,
  },
  'a configuration that is no JSON': {
    bytes: () => buildZip(with_({ name: 'config.json', content: Buffer.from('{') })),
    why: /not JSON/,
  },
  'a key that is no PEM': { bytes: () => buildZip(with_({ name: 'key', content: Buffer.from('x') })), why: /not PEM/ },
  'no key': { bytes: () => buildZip(good.filter((entry) => entry.name !== 'key')), why: /lacks key/ },
};

/** Bytes that do not compress. */
function randomLike(length: number): Buffer {
  const chunks: Buffer[] = [];
  for (let index = 0; index * 32 < length; index += 1) chunks.push(createHash('sha256').update(String(index)).digest());
  return Buffer.concat(chunks).subarray(0, length);
}

describe('S-03: a secure connect bundle', () => {
  test('as Astra hands it out is read', () => {
    expect(parseSecureBundle(buildZip(good), 'b.zip', rules)).toEqual({
      host,
      port: 29080,
      certificateAuthority: pem,
      certificate: pem,
      key: pem,
    });
    const bySomeoneElse = zipSync(Object.fromEntries(good.map((entry) => [entry.name, new Uint8Array(entry.content)])));
    expect(parseSecureBundle(Buffer.from(bySomeoneElse), 'b.zip', rules).host).toBe(host);
    const end: ZipEnd = { comment: Buffer.from('made by hand') };
    expect(parseSecureBundle(buildZip(good, end), 'b.zip', rules).port).toBe(29080);
  });

  test.each(Object.entries(hostile))('with %s is refused', (_, { bytes, why }) => {
    const archive = bytes();
    const before = process.memoryUsage().rss;
    expect(() => parseSecureBundle(archive, 'b.zip', rules)).toThrow(
      expect.objectContaining({
        code: 'DM_CASSANDRA_BUNDLE_INVALID',
        category: 'usage',
        message: expect.stringMatching(why),
      }),
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('with any byte changed is either refused or still says the same', () => {
    const archive = buildZip(good);
    const expected = parseSecureBundle(archive, 'b.zip', rules);
    const outcomes = Array.from(archive.keys(), (at) => {
      const changed = Buffer.from(archive);
      changed[at] = (changed[at] as number) ^ 0x55;
      try {
        return isDeepStrictEqual(parseSecureBundle(changed, 'b.zip', rules), expected) ? 'same' : `other at ${at}`;
      } catch (error) {
        return isDatamigratoError(error) ? 'refused' : String(error);
      }
    });
    expect(new Set(outcomes)).toEqual(new Set(['same', 'refused']));
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeGreaterThan(archive.length / 2);
  });

  test.each(['evil.example', 'astra.datastax.com.evil.example', 'xastra.datastax.com', '127.0.0.1'])(
    'that leads to %s is refused unless it may',
    (other) => {
      const archive = buildZip(with_(configuration({ host: other, port: 443 })));
      expect(() => parseSecureBundle(archive, 'b.zip', rules)).toThrow(
        expect.objectContaining({ code: 'DM_CASSANDRA_BUNDLE_HOST' }),
      );
      expect(parseSecureBundle(archive, 'b.zip', { allowAnyHost: true }).host).toBe(other);
    },
  );

  test('must lead to the database that was named', () => {
    const archive = buildZip(good);
    expect(
      parseSecureBundle(archive, 'b.zip', { ...rules, databaseId: '0A1B2C3D-1111-2222-3333-444455556666' }).host,
    ).toBe(host);
    expect(() =>
      parseSecureBundle(archive, 'b.zip', { ...rules, databaseId: '11111111-1111-2222-3333-444455556666' }),
    ).toThrow(expect.objectContaining({ code: 'DM_CASSANDRA_BUNDLE_HOST' }));
  });

  describe('on disk', () => {
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bundle-'));
    });
    afterAll(() => rm(folder, { recursive: true }));

    test('is refused by its size before it is read, and where it is no file', async () => {
      await writeFile(join(folder, 'large.zip'), Buffer.alloc(1024 * 1024 + 1));
      await writeFile(join(folder, 'empty.zip'), '');
      await symlink('nowhere', join(folder, 'dangling.zip'));
      const code = 'DM_CASSANDRA_BUNDLE_INVALID';
      await expect(readSecureBundle(join(folder, 'large.zip'), rules)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('larger than'),
      });
      await expect(readSecureBundle(join(folder, 'empty.zip'), rules)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('is empty'),
      });
      await expect(readSecureBundle(join(folder, 'dangling.zip'), rules)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('ENOENT'),
      });
      await expect(readSecureBundle(folder, rules)).rejects.toMatchObject({ code });
      await writeFile(join(folder, 'good.zip'), buildZip(good));
      expect((await readSecureBundle(join(folder, 'good.zip'), rules)).host).toBe(host);
    });
  });
});
