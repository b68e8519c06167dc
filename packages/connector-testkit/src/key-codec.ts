import { hash } from 'node:crypto';
import { serialize } from 'node:v8';
import { type Connector, createKeyText, type DataRecord, isDatamigratoError, type Value } from '@datamigrato/core';
import { ConformanceFailure } from './conformance-case.js';
import { generatedValue } from './data/generated-values.js';
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
  const kinds = manifest.keyKinds.map((kind) => {
    const schema = plannedEntity(manifest, { keyKinds: [kind], fields: { text: { kind: 'string' } } });
    return {
      kind,
      encoder: codec.createEncoder(schema),
      hostile: hostileKeysOf(kind),
      natives: manifest.shape === 'table' ? new Map<string, string>() : shared,
    };
  });
  let refused = 0;
  for (let number = 0; number < keys; number += 1) {
    const { kind, encoder, hostile, natives } = kinds[number % kinds.length] as (typeof kinds)[number];
    const value: Value = hostile[Math.floor(number / kinds.length)] ?? generatedValue(kind, choice);
    const record: DataRecord = { key: [keyOf(value)], fields: { text: 'x' } };
    const native = encoded(encoder, record);
    if (native === undefined) {
      refused += 1;
      continue;
    }
    const text = keyText(record.key);
    const own = hash('sha256', text, 'base64').slice(0, 24);
    const digest = hash('sha256', serialize(native), 'base64').slice(0, 24);
    if ((natives.get(digest) ?? own) !== own)
      throw new ConformanceFailure(
        `the key ${shortened(text)} is encoded like another one before it (seed ${seed}, key ${number})`,
      );
    natives.set(digest, own);
  }
  expectThat(refused * 2 < keys, `${refused} of ${keys} keys are refused by the codec (seed ${seed})`);
  const different = new Set(kinds.map(({ natives }) => natives));
  return { keys: [...different].reduce((sum, natives) => sum + natives.size, 0), refused };
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
