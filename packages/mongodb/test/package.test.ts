import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { serialize } from 'bson';
import { expect, test } from 'vitest';
import { DocumentSequence } from '../src/document-sequence.js';
import { errorCatalogue, mongodbConnector } from '../src/index.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('the connector says the version of its package', () => {
  expect(mongodbConnector.version).toBe(manifest.version);
});

test('the driver is the one whose document sequences are known to work, and they still do', () => {
  const require = createRequire(import.meta.url);
  expect(manifest.dependencies.mongodb).toBe(require('mongodb/package.json').version);
  const { OpMsgRequest } = require('mongodb/lib/cmap/commands.js');
  const sequence = new DocumentSequence('documents');
  const [first, second] = [serialize({ a: 1 }), serialize({ b: 'x' })];
  sequence.push(first);
  sequence.push(second.subarray(0, 3), second.subarray(3));
  expect(sequence.count).toBe(2);
  const request = new OpMsgRequest('shop', { insert: 'movies', documents: sequence.argument() }, {});
  const message = Buffer.concat(request.toBin());
  const body = serialize({ insert: 'movies', $db: 'shop' });
  const section = Buffer.concat([Buffer.from('documents\0'), first, second]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(section.length + 4);
  expect(message.subarray(20)).toEqual(Buffer.concat([Buffer.of(0), body, Buffer.of(1), size, section]));
});

test('every explained error says what to do', () => {
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalogue)) {
    expect(code).toMatch(/^DM_MONGODB_[A-Z0-9_]+$/);
    expect(meaning).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
});
