import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

/** One server for all tests of this file. */
const ends = [];
let workspace, server;
before(async () => {
  workspace = new Workspace({ after: action => ends.push(action) });
  server = await workspace.start({ WorkerSlots: 4 });
});
after(() => Promise.all(ends.map(end => end())));

const later = '"startTimestamp":"2099-01-01T00:00:00.000Z"';
const unknown = '0123456789abcdef01234567';
const total = async () => (await server.ask('GET', '/?limit(1)')).page.total;

async function refused(method, path, body, status, code, message = /./) {
  const answer = await server.request(method, path, body);
  assert.deepEqual([answer.status, answer.json?.code], [status, code], answer.text.slice(0, 500));
  assert.match(answer.json.message, message);
  assert.match(answer.json.name, /^[A-Z_]+$/);
}

/** The answer to a body that is announced and not sent: who sends on while the server closes may never read it. */
async function answerBefore(length) {
  const request = http.request(`${server.url}/tasks/v1/`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Length': length, Expect: '100-continue' },
  });
  request.flushHeaders();
  const [response] = await once(request, 'response');
  const text = (await response.setEncoding('utf8').toArray()).join('');
  request.destroy();
  return [response.statusCode, JSON.parse(text).code];
}

test('data comes back as the text that was sent', async () => {
  const text = `{"big":[9007199254740993,-9223372036854775808,18446744073709551615,123456789012345678901234567890],`
    + `"forms":[1.0,1e400,-0,0.1e-7,1E5],"key":1,"Key":2,"KEY":3,"":{"":null},"nul":"\\u0000","\\u0000":"a\\u0000b",`
    + `"escaped":"\\u00e4\\/\\ud83d\\ude42",`
    + `"raw":"ä/🙂","twice":1,"twice":2,"__proto__":{"x":1},"$ref":"#","record":${JSON.stringify(workspace.recordFile)}}`;
  const created = await server.request('POST', '/', `{"functionName":"record","data":${text}}`);
  assert.equal(created.status, 200, created.text);
  const { id } = created.json;
  assert.ok(created.text.includes(`"data":${text},`), created.text);
  await until('the task is complete', async () => (await server.get(id)).status === 'complete');
  for (const path of [`/${id}`, `/?eq(id,${id})`]) {
    const answer = await server.request('GET', path);
    assert.ok(answer.text.includes(`"data":${text},`), answer.text);
  }
  assert.deepEqual(workspace.record().find(line => line.id === id).data, JSON.parse(JSON.stringify(JSON.parse(text))));
});

test('half a surrogate pair in data is kept or refused, but breaks nothing', async () => {
  const answer = await server.request('POST', '/', `{"functionName":"record",${later},"data":{"half":"\\ud800"}}`);
  if (answer.status === 200) assert.ok((await server.request('GET', `/${answer.json.id}`)).text.includes('"data":{"half":"\\ud800"}'));
  else assert.equal(answer.status, 400, answer.text);
});

test('whole numbers as priority, over the whole range', async () => {
  for (const priority of [-9007199254740991, 0, 9007199254740991]) {
    const { id } = await server.ask('POST', '/', `{"functionName":"record",${later},"priority":${priority}}`);
    assert.equal((await server.get(id)).priority, priority);
  }
});

for (const priority of ['1.5', '"5"', '9007199254740992', '-9007199254740992', '9223372036854775808', '1e400', 'true', '[]']) {
  const body = `{"functionName":"record","priority":${priority}}`;
  test(`priority ${priority} is refused`, () => refused('POST', '/', body, 400, 15, /priority/));
}

for (const [what, body, code] of [
  ['no functionName', '{"data":{}}', 14],
  ['an empty functionName', '{"functionName":""}', 14],
  ['a functionName that is no text', '{"functionName":5}', 15],
  ['data that is no object', '{"functionName":"record","data":[1]}', 15],
  ['tags that are no texts', '{"functionName":"record","tags":["a",1]}', 15],
  ['a start time that is none', '{"functionName":"record","startTimestamp":"tomorrow"}', 15],
  ['a start time as a number', '{"functionName":"record","startTimestamp":1700000000000}', 15],
  ['a body that is not JSON', '{"functionName":"record"', 22],
  ['a body that is no object', '[]', 22],
  ['a body that is not UTF-8', new Uint8Array([...Buffer.from('{"functionName":"'), 0xff, ...Buffer.from('"}')]), 22],
  ['an empty body', '', 13],
  ['no body', undefined, 13],
]) {
  test(`${what} is refused`, () => refused('POST', '/', body, 400, code));
}

test('ids that are none, and ids of no task', async () => {
  for (const id of ['x', '123', `${unknown}0`, 'zzzzzzzzzzzzzzzzzzzzzzzz']) {
    await refused('GET', `/${id}`, undefined, 400, 12);
    await refused('POST', `/${id}/cancel`, undefined, 400, 12);
  }
  await refused('GET', `/${unknown}`, undefined, 404, 16);
  await refused('POST', `/${unknown}/cancel`, undefined, 404, 16);
  await refused('GET', `/${unknown}/logs`, undefined, 404, 16);
});

test('a task that has ended cannot be canceled', async () => {
  const { id } = await server.create(workspace.task());
  await until('the task is complete', async () => (await server.get(id)).status === 'complete');
  await refused('POST', `/${id}/cancel`, undefined, 400, 27, /complete/);
});

test('a function that does not exist fails its task as an invocation', async () => {
  const { id } = await server.create({ functionName: 'nowhere' });
  await until('the task has failed', async () => (await server.get(id)).status === 'failed');
  assert.equal((await server.get(id)).error.type, 'invocation');
});

test('data over 6 MB is refused, and five are not', async () => {
  const body = bytes => `{"functionName":"record",${later},"data":{"x":"${'x'.repeat(bytes)}"}}`;
  await refused('POST', '/', body(6 * 1024 * 1024), 413, 15);
  assert.deepEqual(await answerBefore(40 * 1024 * 1024), [413, 15]);
  const { id } = await server.ask('POST', '/', body(5_000_000));
  assert.equal((await server.get(id)).data.x.length, 5_000_000);
});

test('a batch with one bad task names it and stores none', async () => {
  const before = await total();
  await refused(
    'POST', '/batch',
    `{"tasks":[{"functionName":"record",${later}},{"functionName":"record","priority":1.5},{"functionName":"record",${later}}]}`, 400, 15,
    /tasks\[1\]/);
  await refused(
    'POST', '/batch', `{"tasks":[{"functionName":"record",${later}},{"functionName":"record",${later}},{}]}`, 400, 14, /tasks\[2\]/);
  await refused('POST', '/batch', { tasks: [] }, 400, 15);
  await refused('POST', '/batch', { tasks: Array.from({ length: 1_001 }, () => ({ functionName: 'record' })) }, 400, 15);
  await refused('POST', '/batch', {}, 400, 14);
  assert.equal(await total(), before);
});

test('a batch of a thousand is stored whole, in its order', async () => {
  const before = await total();
  const { data } = await server.ask('POST', '/batch', {
    tasks: Array.from(
      { length: 1_000 }, (_, i) => ({ functionName: 'record', startTimestamp: '2099-01-01T00:00:00.000Z', data: { i }, tags: [`t${i}`] })),
  });
  assert.deepEqual(data.map(task => task.data.i), Array.from({ length: 1_000 }, (_, i) => i));
  assert.equal(new Set(data.map(task => task.id)).size, 1_000);
  assert.equal(await total(), before + 1_000);
  assert.deepEqual((await server.get(data[999].id)).tags, ['t999']);
});
