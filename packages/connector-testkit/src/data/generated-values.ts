import {
  BinaryValue,
  type DocumentValue,
  decimal,
  documentFrom,
  double,
  instant,
  isArray,
  kindOf,
  type Manifest,
  ObjectIdValue,
  UuidValue,
  type Value,
  type ValueKind,
  VectorValue,
  varint,
} from '@datamigrato/core';
import { boundaryValues } from './boundary-values.js';
import { kindsInside } from './kinds-inside.js';
import type { SeededChoice } from './seeded-choice.js';

const alphabet = [
  'a',
  'A',
  'b',
  '1',
  '0',
  '.',
  '_',
  '/',
  '%',
  '~',
  '-',
  ' ',
  '$',
  '#',
  '[',
  'é',
  '\u0301',
  '\u{1F600}',
  '@',
  ':',
];

/** The kinds of which values are generated without end; of others there are boundary values. */
export const generatedKinds: readonly ValueKind[] = [
  'string',
  'int32',
  'int64',
  'varint',
  'double',
  'decimal',
  'binary',
  'uuid',
  'objectId',
  'instant',
];

/** A value of a kind: a random one of {@link generatedKinds}, else one of its boundary values. */
export function generatedValue(kind: ValueKind, choice: SeededChoice): Value {
  switch (kind) {
    case 'string':
      return generatedText(choice);
    case 'int32':
      return choice.below(2 ** 32) | 0;
    case 'int64':
      return generatedInteger(choice, 64);
    case 'varint':
      return varint(generatedInteger(choice, 1 + choice.below(200)));
    case 'double':
      return double((choice.below(2 ** 32) - 2 ** 31) / 2 ** choice.below(40));
    case 'decimal':
      return decimal(`${generatedInteger(choice, 90)}E${choice.below(40) - 20}`);
    case 'binary':
      return new BinaryValue(generatedBytes(choice, choice.below(24)));
    case 'uuid':
      return new UuidValue(generatedBytes(choice, 16));
    case 'objectId':
      return new ObjectIdValue(generatedBytes(choice, 12));
    case 'instant':
      return instant(BigInt(choice.below(2 ** 32)) * 1000n + BigInt(choice.below(1000)));
    default:
      return choice.of(boundaryValues[kind].ordinary);
  }
}

function generatedText(choice: SeededChoice): string {
  let text = alphabet[choice.below(alphabet.length)] as string;
  for (let length = choice.below(10); length > 0; length -= 1) text += choice.of(alphabet);
  return text;
}

function generatedInteger(choice: SeededChoice, bits: number): bigint {
  let value = 0n;
  for (let have = 0; have < bits; have += 32) value = (value << 32n) | BigInt(choice.below(2 ** 32));
  return BigInt.asIntN(bits, value);
}

function generatedBytes(choice: SeededChoice, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => choice.below(256));
}

/** Whether the manifest holds the kinds of a value and of everything inside it, whatever it says of single values. */
export function holdsKinds(manifest: Manifest, value: Value): boolean {
  for (const kind of kindsInside(value)) if (manifest.values[kind].fidelity !== 'exact') return false;
  return true;
}

/** Whether the manifest promises to hold a value as it is, with everything inside it. */
export function isHeld(manifest: Manifest, value: Value): boolean {
  if (!holdsKinds(manifest, value)) return false;
  const { holds, readAs } = manifest.values[kindOf(value)];
  return (holds === undefined || holds(value)) && readAs?.of(value) !== true && !nestsArrays(manifest, value);
}

/** Whether an array or vector stands directly in an array, in a store that takes none there. */
function nestsArrays(manifest: Manifest, value: Value): boolean {
  return (
    manifest.nestedArrays === false &&
    isArray(value) &&
    value.some((element) => isArray(element) || element instanceof VectorValue)
  );
}

/** A document of fields of the kinds that the store holds, up to three levels deep, of values that it holds. */
export function generatedDocument(
  manifest: Manifest,
  choice: SeededChoice,
  holds: (value: Value) => boolean,
  depth = 0,
): DocumentValue {
  const kinds = (Object.keys(manifest.values) as ValueKind[]).filter(
    (kind) => manifest.values[kind].fidelity === 'exact' && kind !== 'document' && kind !== 'array',
  );
  const nestsDocuments = depth < 3 && manifest.values.document.fidelity === 'exact';
  const nestsArrays = depth < 3 && manifest.values.array.fidelity === 'exact';
  const inner = (): Value => {
    const form = choice.below(5);
    if (nestsDocuments && form === 0) return generatedDocument(manifest, choice, holds, depth + 1) as Value;
    if (!nestsArrays || form !== 1) return generatedValue(choice.of(kinds), choice);
    const elements = Array.from({ length: 1 + choice.below(3) }, () => generatedValue(choice.of(kinds), choice));
    return elements.filter(holds);
  };
  const entries = new Map<string, Value>();
  for (let count = 1 + choice.below(6); count > 0; count -= 1) {
    const value = inner();
    if (holds(value)) entries.set(`field_${choice.below(40)}`, value);
  }
  return documentFrom([...entries]);
}
