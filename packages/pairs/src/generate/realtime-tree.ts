import { type SeededChoice, seededChoice } from './seeded-choice.js';

/** Values of every kind that a Realtime Database has, as JSON in its export form. */
const kinds: Readonly<Record<string, (choice: SeededChoice) => unknown>> = {
  boolean: ({ fraction }) => fraction() < 0.5,
  'whole number': ({ integer, pick }) => pick([0, 5, -1, 2_147_483_647, integer(-1e6, 1e6)]),
  'large number': ({ integer, pick }) => pick([2 ** 53, 1e300, 4_294_967_296, integer(2 ** 31, 2 ** 50)]),
  fraction: ({ fraction }) => (fraction() - 0.5) * 1e6,
  string: ({ text }) => text(),
};

const holders: Readonly<Record<string, (choice: SeededChoice) => unknown>> = {
  list: ({ integer, text }) => Object.fromEntries(Array.from({ length: integer(1, 3) }, (_, at) => [at, text()])),
  'list of any': (choice) => ({ 0: choice.text(), 1: anyValue(choice) }),
  'list with holes': ({ text }) => ({ 1: text(), 3: text() }),
  nested: (choice) => ({
    city: choice.text(),
    at: { x: choice.fraction(), y: choice.integer(0, 9) },
    '100%2E': { constructor: true },
  }),
  'leaf with priority': ({ integer, text, pick }) => ({
    '.value': text(),
    '.priority': pick<number | string>([integer(0, 9), 'p']),
  }),
};

function anyValue(choice: SeededChoice): unknown {
  return choice.pick(Object.values(choice.fraction() < 0.8 ? kinds : holders))(choice);
}

/** Records by their names, with a child of each kind, and such in which kinds mix or are missing. */
export function realtimeTree(count: number, seed: number): Readonly<Record<string, unknown>> {
  const choice = seededChoice(seed);
  const names: readonly ((index: number) => string)[] = [
    (index) => `-N${index}`,
    (index) => String(index),
    (index) => `%2E${index}`,
    (index) => `é ${index}`,
    (index) => index.toString(16).padStart(24, '0'),
  ];
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const record: Record<string, unknown> = {
        serial: `r${index}`,
        group: `g/${index % 5}.`,
        mixed: anyValue(choice),
        'a%2Fb': choice.text(),
      };
      for (const [kind, make] of Object.entries({ ...kinds, ...holders }))
        if (choice.fraction() < 0.9) record[`of ${kind}`] = make(choice);
      if (index % 5 === 0) record['.priority'] = choice.integer(1, 9);
      return [choice.pick(names)(index), record];
    }),
  );
}
