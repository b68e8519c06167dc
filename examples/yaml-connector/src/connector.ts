import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@datamigrato/core';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { codec, depthLimit, problem, sizeOf, type YamlRecord } from './codec.js';

const exact: readonly core.ValueKind[] = ['null', 'boolean', 'double', 'string', 'array', 'document'];

/** What YAML tells apart stays; numbers become doubles, all else becomes typed text. */
function support(kind: core.ValueKind): core.KindSupport {
  const holds = (value: core.Value): boolean => typeof value !== 'string' || !/\p{Surrogate}/u.test(value);
  if (exact.includes(kind)) return { fidelity: 'exact', as: kind, holds };
  if (kind === 'int32' || kind === 'float32') return { fidelity: 'widened', as: 'double' };
  return { fidelity: 'unsupported', as: 'string' };
}

const limits = { batchRecords: 1000, batchBytes: 1_000_000, concurrentWrites: 1, depth: depthLimit };
const manifest: core.Manifest = {
  shape: 'document',
  values: Object.fromEntries(core.valueKinds.map((kind) => [kind, support(kind)])) as core.Manifest['values'],
  keyKinds: ['string', 'double'],
  keyField: 'id',
  compositeKeys: false,
  limits: { ...limits, recordBytes: null, fieldBytes: null, keyBytes: null },
  names: { fieldBytes: null, entityBytes: 200, entityPattern: '^[A-Za-z0-9_-]+$', emptyField: true },
  writeModes: ['replace', 'create', 'skip'],
  readConsistency: 'moving',
  idempotentWrites: true,
  keepsFieldOrder: true,
};

/** A folder of YAML files: each is an entity, and maps the keys of its records to their fields. */
export const yamlConnector = core.defineConnector<{ readonly folder: string }, string, YamlRecord>({
  specVersion: 1,
  id: 'yaml',
  version: '1.0.0',
  schemes: ['yaml'],
  options: z.strictObject({ folder: z.string().min(1) }),
  manifest,
  codec,
  parseUrl(url) {
    const folder = /^yaml:(?!\/\/)(.+)$/.exec(url)?.[1];
    if (folder !== undefined) return { options: { folder } };
    throw problem('DM_YAML_URL', 'usage', 'A connection string is not like yaml:./folder');
  },
  describe: ({ folder }) => ({ id: `yaml:${folder}`, notices: [] }),
  async open({ folder }, call) {
    await entitiesIn(folder, call);
    return folder;
  },
  async close() {},
  source: createSource,
  target: createTarget,
});

/** Names of the entities. */
async function entitiesIn(folder: string, { signal }: core.CallOptions): Promise<readonly string[]> {
  signal.throwIfAborted();
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) throw problem('DM_YAML_FOLDER', 'endpoint', `${folder} is no folder that can be read`);
  return names.flatMap((name) => (name.endsWith('.yaml') ? [name.slice(0, -5)] : []));
}

async function load(folder: string, entity: string, call: core.CallOptions): Promise<Map<string, unknown>> {
  if ((await entitiesIn(folder, call)).includes(entity))
    return parse(await readFile(join(folder, `${entity}.yaml`), 'utf8'), { mapAsMap: true });
  throw problem('DM_ENTITY_MISSING', 'endpoint', `${folder} has no entity ${entity}`);
}

/** Puts a file into its place whole or not at all, also where the process dies. */
async function save(folder: string, entity: string, records: ReadonlyMap<string, unknown>): Promise<void> {
  const path = join(folder, `${entity}.yaml`);
  const text = stringify(records, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 });
  await writeFile(`${path}.new`, text, { flush: true });
  await rename(`${path}.new`, path);
}

function createSource(folder: string): core.Source<YamlRecord> {
  return {
    async *listEntities(call) {
      for (const name of await entitiesIn(folder, call)) yield { entity: core.entityName(name) };
    },
    async inferSchema(entity, call) {
      const inference = core.createSchemaInference({ entity, key: [{ name: 'id', role: 'partition' }] });
      const decoder = codec.createDecoder({ entity, key: [], fields: [], origin: 'inferred' });
      const records = [...(await load(folder, entity, call))];
      for (const record of records.slice(0, call.sampleSize)) inference.observe(decoder.decode(record), sizeOf(record));
      return inference.finish({ complete: records.length <= call.sampleSize });
    },
    async *planPartitions(entity, call) {
      await load(folder, entity, call);
      yield { entity, id: 'all', range: null };
    },
    async *readPartition({ entity }, call) {
      const all = [...(await load(folder, entity, call))].sort(([one], [other]) => (one < other ? -1 : 1));
      const left = all.filter(([key]) => typeof call.after !== 'string' || key > call.after);
      while (left.length > 0) {
        call.signal.throwIfAborted();
        let [count, bytes] = [0, 0];
        do bytes += sizeOf(left[count++]);
        while (count < Math.min(left.length, call.batchRecords) && bytes + sizeOf(left[count]) <= call.batchBytes);
        const records = left.splice(0, count);
        yield { records, bytes, position: records.at(-1)?.[0] ?? null };
      }
    },
  };
}

function createTarget(folder: string): core.Target<YamlRecord> {
  return {
    async planEntity({ entity }, call) {
      const exists = (await entitiesIn(folder, call)).includes(entity);
      return { exists, statements: exists ? [] : [`touch ${entity}.yaml`], conflicts: [], fingerprint: `${exists}` };
    },
    async prepareEntity({ entity }, call) {
      if (!(await entitiesIn(folder, call)).includes(entity)) await save(folder, entity, new Map());
    },
    async writeBatch(entity, records, call) {
      const all = await load(folder, entity, call);
      const taken = records.flatMap(([key], index) => (all.has(key) && call.mode !== 'replace' ? [index] : []));
      for (const [index, [key, fields]] of records.entries()) if (!taken.includes(index)) all.set(key, fields);
      await save(folder, entity, all);
      if (call.mode === 'skip') return { failures: [], unchanged: taken.length };
      const error = problem('DM_RECORD_EXISTS', 'record', `${entity} has a record with this key`);
      return { failures: taken.map((index) => ({ index, error })), unchanged: 0 };
    },
  };
}
