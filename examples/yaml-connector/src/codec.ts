import * as core from '@datamigrato/core';

/** One entry of an entity's file: the text of the key, and the fields as the `yaml` package reads and writes them. */
export type YamlRecord = readonly [key: string, fields: unknown];

/** Keys as texts: no two keys have the same. */
export const keyText = core.createKeyText();
/** Levels of lists and documents inside one another. */
export const depthLimit = 100;

export const codec: core.RecordCodec<YamlRecord> = {
  createDecoder: () => ({
    decode([key, yaml]) {
      const fields = fromYaml(yaml);
      if (!core.isDocument(fields)) throw problem('DM_YAML_RECORD', 'record', 'A record is no document');
      return { key: [keyText.decode(key)], fields };
    },
  }),
  createEncoder: () => ({
    encode: ({ key: [key = null], fields }) => [keyText.encode(key), toYaml(fields, 1)],
    sizeOf,
  }),
};

/** Core has converted every kind that the manifest does not call exact; what comes here all the same would be lost. */
function toYaml(value: core.Value, level: number): unknown {
  if (level > depthLimit) throw problem('DM_YAML_RECORD', 'record', 'A record is too deep');
  if (core.isArray(value)) return value.map((element) => toYaml(element, level + 1));
  if (core.isDocument(value))
    return new Map(core.documentEntries(value).map(([name, inner]) => [toYaml(name, 1), toYaml(inner, level + 1)]));
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    throw problem('DM_YAML_RECORD', 'record', 'A record holds half of a character');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (core.kindOf(value) !== 'double')
    throw problem('DM_YAML_RECORD', 'record', `A record holds a ${core.kindOf(value)}`);
  return value instanceof core.DoubleValue ? value.value : value;
}

function fromYaml(yaml: unknown): core.Value {
  if (Array.isArray(yaml)) return yaml.map(fromYaml);
  if (typeof yaml === 'number') return core.double(yaml);
  if (!(yaml instanceof Map)) return yaml as core.Value;
  return core.documentFrom([...yaml].map(([name, inner]) => [String(name), fromYaml(inner)])) as core.Value;
}

/** Bytes of a record in its file, roughly. */
export function sizeOf(yaml: unknown): number {
  return yaml instanceof Map || Array.isArray(yaml)
    ? [...yaml].reduce((sum, part) => sum + sizeOf(part), 4)
    : String(yaml).length;
}

export function problem(code: core.ErrorCode, category: core.ErrorCategory, message: string) {
  return new core.DatamigratoError({ code, category, message, nextStep: 'look into the folder' });
}
