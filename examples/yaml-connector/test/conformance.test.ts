import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConnector, type Oracle } from '@datamigrato/connector-testkit';
import { type DocumentValue, DoubleValue, documentFrom, double, type Value } from '@datamigrato/core';
import { describe, test } from 'vitest';
import { parse } from 'yaml';
import { keyText } from '../src/codec.js';
import { yamlConnector } from '../src/connector.js';

async function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), 'yaml-connector-'));
  const unreachable = { folder: join(folder, 'nowhere') };
  const dispose = async (): Promise<void> => rmSync(folder, { recursive: true });
  return { options: { folder }, unreachable, secrets: [], oracle: oracleIn(folder), [Symbol.asyncDispose]: dispose };
}

/** Writes the files as JSON, which is YAML, and reads them with the `yaml` package alone. */
function oracleIn(folder: string): Oracle {
  const plain = (_: string, value: unknown): unknown => (value instanceof DoubleValue ? value.value : value);
  const typed = (yaml: unknown): Value => {
    if (Array.isArray(yaml)) return yaml.map(typed);
    if (yaml instanceof Map) return documentFrom([...yaml].map(([name, inner]) => [name, typed(inner)])) as Value;
    return typeof yaml === 'number' ? double(yaml) : (yaml as Value);
  };
  const load = (entity: string): Map<string, unknown> | undefined => {
    const path = join(folder, `${entity}.yaml`);
    return existsSync(path) ? parse(readFileSync(path, 'utf8'), { mapAsMap: true }) : undefined;
  };
  return {
    async seed({ entity }, records) {
      const file = records.map(({ key: [key = null], fields }) => [keyText.encode(key), fields] as const);
      writeFileSync(join(folder, `${entity}.yaml`), JSON.stringify(Object.fromEntries(file), plain));
    },
    read: async ({ entity }) =>
      [...(load(entity) ?? [])].map(([key, yaml]) => ({
        key: [keyText.decode(key)],
        fields: typed(yaml) as DocumentValue,
      })),
    count: async ({ entity }) => load(entity)?.size,
  };
}

describeConnector({ connector: yamlConnector, reach: 'local', openPlace }, { describe, test });
