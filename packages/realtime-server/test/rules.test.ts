import { get, limitToFirst, onValue, orderByChild, orderByKey, query, ref, set, update } from '@firebase/database';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RealtimeServer, startRealtimeServer } from '../src/index.js';
import { openAdmin } from './admin-client.js';
import { rest } from './rest-client.js';
import { openWeb } from './web-client.js';

let server: RealtimeServer;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  server = await startRealtimeServer({ clock: () => 1_700_000_000_000 });
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await server.stop();
});

function user(sub?: string, claims: Record<string, unknown> = {}) {
  const client = openWeb(server, sub === undefined ? undefined : { sub, ...claims });
  open.push(client);
  return client.database;
}

const denied = { message: expect.stringMatching(/permission.denied/i) };

test('users read and write what is theirs, and the owner everything', async () => {
  const own = '$user === auth.uid';
  server.setRules({ rules: { users: { $user: { '.read': own, '.write': own } }, open: { '.read': true } } });
  const ada = user('ada');
  await set(ref(ada, 'users/ada'), 1);
  expect((await get(ref(ada, 'users/ada'))).val()).toBe(1);
  await expect(set(ref(ada, 'users/bob'), 1)).rejects.toMatchObject(denied);
  await expect(get(ref(ada, 'users/bob'))).rejects.toMatchObject(denied);
  await expect(update(ref(ada), { 'users/ada': 2, 'users/bob': 2 })).rejects.toMatchObject(denied);
  await expect(get(ref(ada))).rejects.toMatchObject(denied);
  const nobody = user();
  await expect(get(ref(nobody, 'users/ada'))).rejects.toMatchObject(denied);
  expect((await get(ref(nobody, 'open/x'))).val()).toBeNull();
  expect((await get(ref(nobody, '.info/connected'))).val()).toBeNull();
  expect(server.read('users')).toEqual({ ada: 1 });

  const owner = openAdmin(server);
  open.push(owner);
  await owner.database.ref('users/bob').set('by owner');
  const asAda = openAdmin(server, { uid: 'ada' });
  open.push(asAda);
  await asAda.database.ref('users/ada').set('by override');
  await expect(asAda.database.ref('users/bob').get()).rejects.toMatchObject(denied);
  const asNobody = openAdmin(server, null);
  open.push(asNobody);
  await expect(asNobody.database.ref('users/ada').get()).rejects.toMatchObject(denied);
  expect(server.read('users')).toEqual({ ada: 'by override', bob: 'by owner' });
});

test.each([
  ["auth.token.admin === true && auth.token.email.endsWith('@example.com')", true],
  ["auth.token.missing == null && auth.provider == 'custom'", true],
  ['auth.missing.deeper == null', false],
  ['auth != null ? auth.uid.length == 3 : false', true],
  ['now > 1699999999999 && now <= 1700000000000', true],
  ["root.child('seed/name').val() + '!' == 'it is!'", true],
  ["root.child('seed').hasChildren(['name', 'n']) && !root.child('seed').hasChildren(['name', 'x'])", true],
  ["root.child('seed/n').isNumber() && (root.child('seed/n').val() + 1) * 2 - 4 / 2 == 82 % 100", true],
  ["data.parent().child('seed/list').hasChild('1') && data.exists() == false", true],
  ['newData.val().matches(/^[a-z]+ W.*$/) || newData.val().matches(/^never$/)', true],
  ["newData.val().matches(/^TEXT/i) && newData.isString() && newData.val().contains('With')", true],
  ["newData.val().replace('text', 'x').toUpperCase().beginsWith('X W')", true],
  ['newData.val() > 5', false],
  ["'a' < 'b' && -1 < 0 && [1, 2] != null", true],
  ["root.child('seed').getPriority() == 9 && root.getPriority() == null", true],
  ["auth['uid'] == 'ada'", true],
  ['false || newData.val()', false],
  ["root.child('seed').val() != null", true],
  ["root.child('seed').val() == root.child('seed').val()", false],
])('a write is judged by %s: %s', async (rule, isAllowed) => {
  server.write('seed', { name: 'it is', n: 41, list: ['a', 'b'], '.priority': 9 });
  server.setRules({ rules: { place: { '.write': rule } } });
  const claims = { admin: true, email: 'ada@example.com', firebase: { sign_in_provider: 'custom', identities: {} } };
  const written = set(ref(user('ada', claims), 'place'), 'text With more');
  if (isAllowed) await written;
  else await expect(written).rejects.toMatchObject(denied);
  expect(server.read('place')).toBe(isAllowed ? 'text With more' : null);
});

test('what would be invalid is refused, wherever in the new data it stands', async () => {
  const item = {
    '.validate': "newData.hasChildren(['n'])",
    n: { '.validate': 'newData.isNumber()' },
    $other: { '.validate': false },
  };
  server.setRules(`{
    // Comments are what rules files have.
    "rules": { ".write": true, "items": { "$id": ${JSON.stringify(item)} }, /* a total */
    "total": { ".validate": "newData.val() == newData.parent().child('items/a/n').val()" } }
  }`);
  const database = user();
  await set(ref(database, 'items/a'), { n: 1 });
  await expect(set(ref(database, 'items/b'), { n: 'text' })).rejects.toMatchObject(denied);
  await expect(set(ref(database, 'items'), { a: { n: 1 }, b: { n: 1, x: 1 } })).rejects.toMatchObject(denied);
  await expect(set(ref(database, 'items/a/n'), null)).resolves.toBeUndefined();
  await set(ref(database, 'items/a'), { n: 1 });
  await expect(set(ref(database, 'total'), 2)).rejects.toMatchObject(denied);
  await update(ref(database), { 'items/a/n': 2, total: 2 });
  expect(server.read('')).toEqual({ items: { a: { n: 2 } }, total: 2 });
});

test('a rule can ask how much a query wants', async () => {
  server.write('list', { a: { n: 1 }, b: { n: 2 } });
  const rule = "query.limitToFirst <= 10 && (query.orderByKey || query.orderByChild == 'n')";
  server.setRules({ rules: { list: { '.read': rule, '.indexOn': ['n'] } } });
  const list = ref(user(), 'list');
  await expect(get(list)).rejects.toMatchObject(denied);
  await expect(get(query(list, orderByKey(), limitToFirst(11)))).rejects.toMatchObject(denied);
  expect((await get(query(list, orderByChild('n'), limitToFirst(1)))).val()).toEqual({ a: { n: 1 } });
});

test('an index that is not defined fails a query over either interface, by name', async () => {
  server.write('things', { a: { n: 1 } });
  const text = 'Index not defined, add ".indexOn": "n", for path "/things", to the rules';
  await expect(get(query(ref(user(), 'things'), orderByChild('n')))).rejects.toThrow(text);
  const answer = await rest(server, 'GET', 'things.json?orderBy="n"');
  expect([answer.status, JSON.parse(answer.text)]).toEqual([400, { error: text }]);
});

test('a listener whose right is taken away is told and hears no more', async () => {
  server.setRules({ rules: { a: { '.read': true } } });
  const heard: unknown[] = [];
  const revoked = new Promise<Error>((resolve) => {
    onValue(ref(user(), 'a'), (snapshot) => heard.push(snapshot.val()), resolve);
  });
  while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  server.setRules({ rules: {} });
  expect(await revoked).toMatchObject(denied);
  server.write('a', 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(heard).toEqual([null]);
});

test('the administration library reads and replaces rules', async () => {
  const owner = openAdmin(server);
  open.push(owner);
  await owner.database.setRules('{"rules":{".read":false}}');
  expect(await owner.database.getRulesJSON()).toEqual({ rules: { '.read': false } });
  expect(await rest(server, 'GET', 'x.json')).toMatchObject({ status: 401 });
  await expect(owner.database.setRules('{"rules":{".read":"nonsense("}}')).rejects.toThrow(/nonsense/);
  expect(await owner.database.getRules()).toBe('{"rules":{".read":false}}');
  expect(await rest(server, 'GET', '.settings/rules.json')).toMatchObject({ status: 401 });
});

test('the owner is who has the token that the server was told', async () => {
  await using own = await startRealtimeServer({ ownerToken: 'secret', rules: { rules: {} } });
  const status = async (token: string) =>
    (await rest(own, 'PUT', 'a.json', 1, { Authorization: `Bearer ${token}` })).status;
  expect([await status('secret'), await status('owner'), await status('')]).toEqual([200, 401, 401]);
});

test.each([
  ['{"rules":', 'no JSON'],
  ['{}', 'lack the object "rules"'],
  ['{"rules":{"a":{".read":"auth.uid =="}}}', '/a/.read: "auth.uid ==" is not understood at the end'],
  ['{"rules":{".write":"process.exit()"}}', 'process'],
  ['{"rules":{".write":"data.constructor()"}}', 'constructor()'],
  ['{"rules":{".write":5}}', '/.write: neither a text nor a boolean'],
  ['{"rules":{".wirte":true}}', 'there is no rule .wirte'],
  ['{"rules":{"$a":{},"$b":{}}}', '$a and $b'],
  ['{"rules":{".write":"newData.val().matches(/(/)"}}', 'not understood'],
])('rules that cannot be used are refused with the reason: %s', (rules, reason) => {
  expect(() => server.setRules(rules)).toThrow(reason);
});
