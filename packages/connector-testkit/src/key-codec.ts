import { type Connector, type DataRecord, isDatamigratoError, type Value, valuesEqual } from '@datamigrato/core';
import { ConformanceFailure } from './conformance-case.js';
import { generatedValue } from './data/generated-values.js';
import { hostileKeysOf } from './data/hostile-keys.js';
import { plannedEntity } from './data/planned-entity.js';
import { seededChoice } from './data/seeded-choice.js';
import { expectThat, keyText, shortened } from './expectation.js';

/** What {@link checkKeyCodec} saw. */
export interface KeyCodecReport {
  /** Keys that were encoded and decoded to the same key. */
  readonly keys: number;
  /** Keys that the codec refused. */
  readonly refused: number;
}

/**
 * Encodes and decodes generated keys of every kind that the manifest allows: a codec that gives each key back cannot make one of two.
 *
 * Touches no store. Throws a {@link ConformanceFailure} that has the seed for the first key that comes back as another.
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
  const kinds = manifest.keyKinds.map((kind) => {
    const schema = plannedEntity(manifest, { keyKinds: [kind], fields: { text: { kind: 'string' } } });
    return {
      kind,
      encoder: codec.createEncoder(schema),
      decoder: codec.createDecoder(schema),
      hostile: hostileKeysOf(kind),
    };
  });
  let refused = 0;
  for (let number = 0; number < keys; number += 1) {
    const { kind, encoder, decoder, hostile } = kinds[number % kinds.length] as (typeof kinds)[number];
    const round = Math.floor(number / kinds.length);
    const value: Value = hostile[round] ?? generatedValue(kind, choice);
    const record: DataRecord = { key: [value], fields: { text: 'x' } };
    let native: unknown;
    try {
      native = encoder.encode(record);
    } catch (thrown) {
      if (!isDatamigratoError(thrown) || thrown.category !== 'record') throw thrown;
      refused += 1;
      continue;
    }
    const decoded = decoder.decode(native);
    const [only] = decoded.key;
    if (decoded.key.length !== 1 || only === undefined || !valuesEqual(only, value)) {
      throw new ConformanceFailure(
        `the key ${shortened(keyText(record.key))} comes back from the codec as ${shortened(keyText(decoded.key))} (seed ${seed}, key ${number})`,
      );
    }
  }
  expectThat(refused * 2 < keys, `${refused} of ${keys} keys are refused by the codec (seed ${seed})`);
  return { keys: keys - refused, refused };
}
