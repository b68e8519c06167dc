import { hash } from 'node:crypto';
import { serialize } from 'node:v8';
import { type Connector, createKeyText, type DataRecord, isDatamigratoError, type Value } from '@datamigrato/core';
import { ConformanceFailure } from './conformance-case.js';
import { generatedKinds, generatedValue } from './data/generated-values.js';
import { hostileKeysOf } from './data/hostile-keys.js';
import { plannedEntity } from './data/planned-entity.js';
import { seededChoice } from './data/seeded-choice.js';
import { expectThat, keyText, shortened } from './expectation.js';

/** What {@link checkKeyCodec} saw. */
export interface KeyCodecReport {
  /** Different keys that were encoded, each to a native record of its own. */
  readonly keys: number;
  /** Keys that the codec refused. */
  readonly refused: number;
}

/**
 * Encodes generated keys of every kind that the manifest allows, and makes sure that no two of them give the same native record.
 *
 * Where records choose their kinds themselves, keys of all kinds are compared with one another; in tables, those of one column.
 * Touches no store. Takes some 300 bytes of memory a key. Throws a {@link ConformanceFailure} that has the seed.
 *
 * @example
 * ```ts
 * checkKeyCodec(connector, { keys: 1_000_000, seed: 1 });
 * ```
 */
export function checkKeyCodec(
  connector: Connector,
  { keys, seed }: { readonly keys: number; readonly seed: number },
): KeyCodecReport {
  const { manifest, codec } = connector;
  const choice = seededChoice(seed);
  const keyOf = keyMakerOf(connector);
  const shared = new Map<string, string>();
  const columns = manifest.keyKinds.map((kind) => ({
    kind,
    encoder: codec.createEncoder(plannedEntity(manifest, { keyKinds: [kind], fields: { text: { kind: 'string' } } })),
    natives: manifest.shape === 'table' ? new Map<string, string>() : shared,
  }));
  let different = 0;
  let refused = 0;
  const tell = ({ encoder, natives }: (typeof columns)[number], value: Value): void => {
    const record: DataRecord = { key: [keyOf(value)], fields: { text: 'x' } };
    const native = encoded(encoder, record);
    if (native === undefined) {
      refused += 1;
      return;
    }
    const text = keyText(record.key);
    const own = hash('sha256', text, 'base64').slice(0, 24);
    const digest = hash('sha256', serialize(native), 'base64').slice(0, 24);
    const before = natives.get(digest);
    if (before !== undefined && before !== own)
      throw new ConformanceFailure(`the key ${shortened(text)} is encoded like another one before it (seed ${seed})`);
    if (before === undefined) different += 1;
    natives.set(digest, own);
  };
  for (const column of columns) for (const value of hostileKeysOf(column.kind)) tell(column, value);
  const endless = columns.filter(({ kind }) => generatedKinds.includes(kind));
  for (let number = 0; endless.length > 0 && different < keys && number < 2 * keys; number += 1) {
    const column = endless[number % endless.length] as (typeof columns)[number];
    tell(column, generatedValue(column.kind, choice));
  }
  expectThat(refused <= different, `${refused} keys are refused by the codec, and ${different} encoded (seed ${seed})`);
  return { keys: different, refused };
}

/** What a migration makes of a key before the connector sees it: where keys are text, one that the store takes. */
function keyMakerOf({ manifest: { keyText, limits } }: Connector): (value: Value) => Value {
  if (keyText === undefined) return (value) => value;
  const text = createKeyText({
    ...(limits.keyBytes !== null && { maximumBytes: limits.keyBytes }),
    forbidden: new RegExp(keyText.forbidden, 'u'),
    reserved: new RegExp(keyText.reserved, 'u'),
  });
  return (value) => text.encode(value);
}

function encoded(encoder: { encode(record: DataRecord): unknown }, record: DataRecord): unknown {
  try {
    return encoder.encode(record);
  } catch (thrown) {
    if (!isDatamigratoError(thrown) || thrown.category !== 'record') throw thrown;
    return undefined;
  }
}
