import type { FirestoreFields, FirestoreValue } from '@datamigrato/testbed';
import { type SeededChoice, seededChoice } from './seeded-choice.js';

/** Values of every kind that Firestore has, in the service's own JSON. */
const kinds: Readonly<Record<string, (choice: SeededChoice) => FirestoreValue>> = {
  null: () => ({ nullValue: null }),
  boolean: ({ fraction }) => ({ booleanValue: fraction() < 0.5 }),
  'small integer': ({ integer }) => ({ integerValue: String(integer(-2_147_483_648, 2_147_483_647)) }),
  integer: ({ signed, pick }) => ({ integerValue: String(pick([5n, 2n ** 53n + 1n, -(2n ** 63n), signed(64)])) }),
  double: ({ fraction, pick }) => ({
    doubleValue: pick<number | string>([5, 0, -0, 'NaN', 'Infinity', '-Infinity', 0.1, (fraction() - 0.5) * 1e6]),
  }),
  string: ({ text }) => ({ stringValue: text() }),
  timestamp: ({ integer }) => ({
    timestampValue: new Date(integer(-6e13, 2e14)).toISOString().replace('Z', `${integer(100, 999)}Z`),
  }),
  bytes: ({ bytes, integer }) => ({ bytesValue: Buffer.from(bytes(integer(0, 6))).toString('base64') }),
  geoPoint: ({ integer }) => ({
    geoPointValue: { latitude: integer(-90, 90), longitude: integer(-1800, 1800) / 10 },
  }),
  vector: ({ fraction }) => ({
    mapValue: {
      fields: {
        __type__: { stringValue: '__vector__' },
        value: { arrayValue: { values: [{ doubleValue: fraction() }, { doubleValue: -3 }] } },
      },
    },
  }),
};

const holders: Readonly<Record<string, (choice: SeededChoice) => FirestoreValue>> = {
  'list of integers': ({ several, integer }) => ({
    arrayValue: { values: several(3, () => ({ integerValue: String(integer(-9, 9)) })) },
  }),
  'list of any': (choice) => ({ arrayValue: { values: choice.several(3, () => inArray(choice)) } }),
  map: (choice) => ({
    mapValue: {
      fields: {
        name: { stringValue: choice.text() },
        'a.b': { integerValue: String(choice.signed(64)) },
        at: { timestampValue: '2020-02-29T12:34:56.789123Z' },
        deep: { mapValue: { fields: { '1': { nullValue: null }, '.sv': { doubleValue: 5 } } } },
      },
    },
  }),
  'empty map': () => ({ mapValue: {} }),
};

/** Neither an array nor a vector stands directly in an array. */
function inArray(choice: SeededChoice): FirestoreValue {
  const { vector: _, ...scalars } = kinds;
  return choice.pick([...Object.values(scalars), ...Object.values(holders).slice(2)])(choice);
}

/** Documents by their ids, with a field of each kind, and such in which kinds mix, are null or missing. */
export function firestoreFields(
  count: number,
  seed: number,
  referencePrefix: string,
): Readonly<Record<string, FirestoreFields>> {
  const choice = seededChoice(seed);
  const reference = (): FirestoreValue => ({ referenceValue: `${referencePrefix}/other/${choice.integer(0, 99)}` });
  const ids: readonly ((index: number) => string)[] = [
    (index) => `id${index}`,
    (index) => String(index),
    (index) => `s~${index}`,
    (index) => `日本.${index} #[$]%2F`,
    (index) => index.toString(16).padStart(24, '0'),
  ];
  const entries = Array.from({ length: count }, (_, index) => {
    const all: typeof kinds = { ...kinds, ...holders, reference };
    const fields: Record<string, FirestoreValue> = {
      serial: { stringValue: `r${index}` },
      group: { stringValue: `g/${index % 5}.` },
      mixed: choice.pick(Object.values(all))(choice),
      'a.b/c': { stringValue: choice.text() },
      '@dm': { stringValue: choice.text() },
    };
    for (const [kind, make] of Object.entries(all)) if (choice.fraction() < 0.9) fields[`of ${kind}`] = make(choice);
    return [choice.pick(ids)(index), fields] as const;
  });
  return Object.fromEntries(entries);
}
