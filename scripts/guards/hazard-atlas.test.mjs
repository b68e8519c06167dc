import { expect, test } from 'vitest';
import { atlasProblems, listedHazards, namedHazards } from './hazard-atlas.mjs';

// Ids are put together here, so that these texts are no names of tests themselves.
const id = (letter, number) => `${letter}-${number}`;
const [first, second] = [id('A', '01'), id('S', '09')];
const named = (text) => [...namedHazards('x.test.ts', text)];

test('reads ids at the beginning of names, several at once, in calls and in tables', () => {
  expect(named(`test('${first} finds every one', () => {});`)).toEqual([first]);
  expect(named(`describe('${first}, ${second}: names of all sorts', () => {});`)).toEqual([first, second]);
  expect(named(`it(\`${second} \${count} names of all sorts\`, () => {});`)).toEqual([second]);
  expect(named(`const cases = [{ name: '${first} something broken' }]; it.each(cases)('$name', run);`)).toEqual([
    first,
  ]);
});

test.each([
  ['an id inside a name', `test('finds every one (${first})', () => {});`],
  ['an id alone', `const id = '${first}';`],
  ['a comment', `// test('${first} finds every one')`],
  ['a test that is skipped', `test.skip('${first} finds every one', () => {});`],
  ['a table that is skipped', `test.skip.each([1])('${first} finds every one', () => {});`],
  ['a test that is still to be written', `test.todo('${first} finds every one');`],
])('does not count %s', (_, text) => {
  expect(named(text)).toEqual([]);
});

test('reads the rows of the list', () => {
  const markdown = `| id | hazard | must | state |\n|---|---|---|---|\n| ${first} | It is lost. | It is not. | tested |\n`;
  expect(listedHazards(markdown)).toEqual([{ id: first, hazard: 'It is lost.', state: 'tested' }]);
});

const listed = [
  { id: first, hazard: '', state: 'tested' },
  { id: second, hazard: '', state: 'open' },
];

test('accepts a list that tells the truth', () => {
  expect(atlasProblems(listed, new Map([[first, 'a.test.ts']]))).toEqual([]);
});

test.each([
  ['a hazard that is said to be tested and is not', listed, [], 'no test is named after it'],
  ['a test of what is not listed', listed, [first, id('R', '99')], 'does not list'],
  ['a hazard that is listed twice', [...listed, listed[0]], [first], 'listed twice'],
  ['a state of another name', [{ id: first, hazard: '', state: 'done' }], [first], 'which is none of'],
])('refuses %s', (_, hazards, tested, problem) => {
  const problems = atlasProblems(hazards, new Map(tested.map((each) => [each, 'a.test.ts'])));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});
