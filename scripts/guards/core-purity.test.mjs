import { expect, test } from 'vitest';
import { corePurity } from './core-purity.mjs';
import { findingsIn } from './planted-workspace.mjs';

const inCore = (text, path = 'packages/core/src/planted.ts') => findingsIn(corePurity, { [path]: text });

test.each([
  ["import { MongoClient } from 'mongodb';", 'imports mongodb'],
  ["import { file } from '@datamigrato/file';", 'imports @datamigrato/file'],
  ["import type { Client } from 'cassandra-driver';", 'imports cassandra-driver'],
  ["import { readFileSync } from 'node:fs';", 'imports node:fs'],
  ["import { readFile } from 'fs/promises';", 'imports fs/promises'],
  ["import { connect } from 'node:net';", 'imports node:net'],
  ["import { setTimeout as wait } from 'node:timers/promises';", 'imports node:timers/promises'],
  ["export * from 'node:os';", 'imports node:os'],
  ["export { join } from 'node:path';", 'imports node:path'],
  ["export const load = () => import('node:fs');", 'imports node:fs'],
  ['export const load = (name: string) => import(name);', 'whose name is computed'],
  ["export type Stats = import('node:fs').Stats;", 'imports node:fs'],
  ["import { randomUUID } from 'node:crypto';", 'imports randomUUID of node:crypto'],
  ["import crypto from 'node:crypto';", 'of node:crypto'],
  ["import { createHash, randomBytes } from 'node:crypto';", 'imports randomBytes of node:crypto'],
  ["export const fs = require('node:fs');", 'imports node:fs'],
  ["console.log('x');", 'uses console'],
  ['export const now = Date.now();', 'uses Date.now'],
  ["export const now = Date['now']();", 'uses Date.now'],
  ['export const now = new Date();', 'uses new Date() without an argument'],
  ['export const now = Date();', 'uses Date as a value'],
  ['export const clock = { source: Date };', 'uses Date as a value'],
  ['export const now = performance.now();', 'uses performance'],
  ['export const chance = Math.random();', 'uses Math.random'],
  ["export const chance = Math['random']();", 'uses Math.random'],
  ['export const { random } = Math;', 'uses Math as a value'],
  ['setTimeout(() => {}, 1);', 'uses setTimeout'],
  ['setInterval(() => {}, 1);', 'uses setInterval'],
  ['setImmediate(() => {});', 'uses setImmediate'],
  ['export const wait = { setTimeout };', 'uses setTimeout'],
  ['globalThis.setTimeout(() => {}, 1);', 'uses globalThis'],
  ['export const deadline = AbortSignal.timeout(10);', 'uses AbortSignal.timeout'],
  ['export const id = crypto.randomUUID();', 'uses crypto'],
  ['export const home = process.env.HOME;', 'uses process'],
  ["export const got = fetch('file:x');", 'uses fetch'],
  ['export const mongoLimit = 16;', 'names a database: mongoLimit'],
  ["export const kind = 'Cassandra';", 'names a database: Cassandra'],
  ['export const text = (name: string) => `firestore ${name}`;', 'names a database: firestore'],
  ['export interface FirebaseLimits { readonly depth: number }', 'names a database: FirebaseLimits'],
  ["export const kind = 'astra';", 'names a database: astra'],
  ['export const astraBundle = 1;', 'names a database: astraBundle'],
  ['export const useAstra = 1;', 'names a database: useAstra'],
  ['export interface Limits { readonly bsonBytes: number }', 'names a database: bsonBytes'],
  ['export const pattern = /mongo/;', 'names a database: mongo'],
])('refuses %s', async (text, problem) => {
  const { checked, problems } = await inCore(`\n${text}\n`);
  expect(checked).toBe(1);
  expect(problems.join('\n')).toContain(problem);
  expect(problems[0]).toMatch(/^packages\/core\/src\/planted\.ts:2 /);
});

test('refuses a file named after a database', async () => {
  const { problems } = await inCore('export const x = 1;', 'packages/core/src/mongodb-limits.ts');
  expect(problems).toEqual(['packages/core/src/mongodb-limits.ts names a database']);
});

test('accepts what is pure, and what is handed in', async () => {
  const { checked, problems } = await inCore(`
    /** As MongoDB and Cassandra do; console.log(Date.now()) in a comment harms nobody. */
    import { createHash } from 'node:crypto';
    import type { StandardSchemaV1 } from '@standard-schema/spec';
    import type { Clock } from './clock.js';
    export type Schema = StandardSchemaV1;
    export interface Timers { setTimeout(action: () => void, milliseconds: number): void; readonly process?: string }
    export function wait(clock: Clock, timers: Timers): number {
      timers.setTimeout(() => {}, 1);
      const parsed = new Date('2020-01-01T00:00:00Z');
      return clock.now() + Math.max(1, Date.parse('2020-01-01')) + Date.UTC(2020) + (parsed instanceof Date ? 1 : 0);
    }
    export const digest = createHash('sha256');
    export const words = ['abstract', 'infrastructure', 'redistribute', 'astral'];
  `);
  expect({ checked, problems }).toEqual({ checked: 1, problems: [] });
});

test('leaves tests their file system and timers, and other packages to other guards', async () => {
  const text = "import 'node:fs';\nsetTimeout(() => {}, 1);";
  const { checked } = await findingsIn(corePurity, {
    'packages/core/src/planted.test.ts': text,
    'packages/core/test/planted.ts': text,
    'packages/file/src/planted.ts': text,
  });
  expect(checked).toBe(0);
});

test('fails on a file that does not parse', async () => {
  await expect(inCore('export const = ;')).rejects.toThrow('packages/core/src/planted.ts');
});
