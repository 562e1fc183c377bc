import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client, rqlBuilder } from '@extrahorizon/javascript-sdk';
import { fails, write } from './harness/sdk.mjs';
import { freePort, newApiKey } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const echo = `export const handler = async request => {
  console.log('asked', request.rawPath);
  return { statusCode: 200, headers: { 'X-Method': request.requestContext.http.method }, body: request };
};`;

/** The newest recorded requests of a function, once there are so many. */
async function recorded(exh, functionName, number = 1) {
  return until(`${number} requests of ${functionName} are recorded`, async () => {
    const found = (await exh.tasks.apiRequests.findAll()).filter(each => each.functionName === functionName);
    return found.length >= number && found;
  });
}

test('the official SDK calls an API function with every method, and finds its requests and logs', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'echo', echo);
  const data = { camelCase: 1, snake_case: ['ü 🙂', null], nested: { 'kebab-case': { Deep: '\u2028"\\' } } };

  for (const method of ['get', 'delete', 'post', 'put', 'patch']) {
    const hasBody = method.startsWith('p');
    const options = { headers: { 'X-Custom': 'passed on', 'x-exh-requesting-user-id': '0123456789abcdef01234567' } };
    const seen = await (hasBody
      ? exh.tasks.api[method]('echo', 'some/path/?a=1&b=%20', data, options)
      : exh.tasks.api[method]('echo', '/some/path/?a=1&b=%20', options));
    assert.deepEqual(
      [seen.version, seen.rawPath, seen.rawQueryString, seen.requestContext.http.method, seen.isBase64Encoded],
      ['2.0', '/some/path/', '?a=1&b=%20', method.toUpperCase(), false]);
    assert.deepEqual([seen.headers['x-custom'], seen.headers['x-exh-requesting-user-id']], ['passed on', undefined]);
    if (hasBody) assert.deepEqual(JSON.parse(seen.body), data);
  }
  for (const method of ['OPTIONS', 'HEAD']) {
    const answer = await fetch(`${server.url}/tasks/v1/api/echo`, { method });
    assert.deepEqual([answer.status, answer.headers.get('x-method')], [200, method]);
  }

  const requests = await recorded(exh, 'echo', 7);
  assert.deepEqual(requests.map(each => each.method).sort(), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);
  const got = requests.find(each => each.method === 'GET');
  assert.deepEqual(
    [got.path, got.statusCode, got.timestamp instanceof Date, got.duration > 0, got.error],
    ['some/path/?a=&b=', 200, true, true, undefined]);
  const lines = await exh.tasks.apiRequests.logs.find(got.id);
  assert.ok(lines.some(line => /asked \/some\/path\//.test(line.message)) && lines.every(line => line.timestamp instanceof Date));
  assert.deepEqual(await exh.tasks.apiRequests.logs.findFirst(got.id), lines[0]);
  assert.equal((await exh.tasks.apiRequests.findFirst()).functionName, 'echo');
  const page = await exh.tasks.apiRequests.find();
  assert.deepEqual([page.page.total, page.data.length], [7, 7]);
  const posts = await exh.tasks.apiRequests.find(
    { rql: rqlBuilder().in('method', ['POST', 'PUT']).gt('statusCode', 199).sort('method').select(['method', 'path']).build() });
  assert.deepEqual(posts.data, [{ method: 'POST', path: got.path }, { method: 'PUT', path: got.path }]);
  assert.deepEqual((await exh.tasks.apiRequests.findAllIterator().next()).value.data.length, 7);
});

test('the official SDK gets its typed errors, which are recorded', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ MaxApiRequests: 1 });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'wrong', 'export const handler = async () => ({ statusCode: 500 });');
  write(workspace, 'throws', `export const handler = async () => { throw new RangeError('on purpose'); };`);
  write(workspace, 'missing', 'export const handler = async () => ({ statusCode: 404, body: { its: "own" } });');

  await fails(exh.tasks.api.get('wrong', '/'), 'InvalidApiFunctionResultError', 1409);
  assert.deepEqual(
    (await fails(exh.tasks.api.post('throws', '/', {}), 'LambdaRuntimeError', 1406)).runtimeError,
    { name: 'RangeError', message: 'on purpose' });
  await fails(exh.tasks.api.get('absent', '/'), 'ResourceUnknownError', 16);
  const own = await fetch(`${server.url}/tasks/v1/api/missing`);
  assert.deepEqual([own.status, await own.json()], [404, { its: 'own' }]);

  const errors = Object.fromEntries((await recorded(exh, 'missing').then(() => exh.tasks.apiRequests.findAll()))
    .map(each => [each.functionName, [each.statusCode, each.error?.type]]));
  assert.deepEqual(errors, { wrong: [400, 'response'], throws: [400, 'runtime'], absent: [404, 'invocation'], missing: [404, undefined] });

  const gate = workspace.gate();
  write(workspace, 'waits', `import { existsSync } from 'node:fs';
    export const handler = async () => {
      while (!existsSync(${JSON.stringify(gate.path)})) await new Promise(done => setTimeout(done, 10));
      return { statusCode: 200, body: 'waited' };
    };`);
  const waiting = [1, 2, 3].map(() => exh.tasks.api.get('waits', '/').then(() => 'answered', error => error.response.code));
  assert.deepEqual(await Promise.race([...waiting, Promise.all(waiting)]), 1412);
  gate.open();
  assert.deepEqual((await Promise.all(waiting)).sort(), [1412, 1412, 'answered']);
  await fails(exh.tasks.apiRequests.logs.find('0123456789abcdef01234567'), 'ResourceUnknownError', 16);
});

test('a function that takes too long is given up after 30 seconds', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'endless', 'export const handler = () => new Promise(done => setTimeout(done, 60_000));', { timeout: 60 });

  await fails(exh.tasks.api.get('endless', '/'), 'TimeLimitExceedsApiFunctionMaximumError', 1411);
  const [request] = await recorded(exh, 'endless');
  assert.deepEqual([request.error.type, request.error.name], ['runtime', 'TimeLimitExceeded']);
  assert.ok(request.duration >= 30 && request.duration < 55, `It was given up after ${request.duration} seconds.`);
});

test('bytes go both ways as they are', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  write(workspace, 'mirror', `export const handler = async ({ body, isBase64Encoded }) =>
    ({ statusCode: 201, headers: { 'content-type': 'application/octet-stream' }, body, isBase64Encoded });`);
  const bodies = [Buffer.alloc(0), Buffer.from([0, 255, 1, 254]), Buffer.from('ü'.repeat(1_000)), Buffer.alloc(4_000_000, 'abc\n"')];
  for (const bytes of bodies) {
    for (const type of ['application/octet-stream', 'text/plain']) {
      const answer = await fetch(
        `${server.url}/tasks/v1/api/mirror/deep`, { method: 'POST', body: bytes, headers: { 'content-type': type } });
      assert.equal(answer.status, 201, `${bytes.length} ${type}`);
      assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes), `${bytes.length} bytes as ${type}`);
    }
  }
});

test('the whole log of a local function is kept, each line with its time, and read in pages', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'chatty', `export const handler = async () => {
    for (let i = 0; i < 250; i++) {
      process.stdout.write('raw line ' + i + ' ' + 'x'.repeat(50) + '\\n');
      if (i % 50 === 0) await new Promise(done => setTimeout(done, 30));
    }
  };`);
  const { id } = await exh.tasks.functions.execute('chatty');

  const all = [];
  for (let offset = 0; ; offset += 100) {
    const { page, data } = await server.ask('GET', `/${id}/logs?limit(100,${offset})`);
    assert.deepEqual(page, { offset, limit: 100 });
    all.push(...data);
    if (data.length < 100) break;
  }
  const raw = all.filter(line => line.message.startsWith('raw line '));
  assert.deepEqual(raw.map(line => Number(line.message.split(' ')[2])), Array.from({ length: 250 }, (_, i) => i));
  const times = raw.map(line => line.timestamp);
  assert.deepEqual(times, [...times].sort());
  assert.ok(new Set(times).size >= 4, 'the lines have times of their own');
  const from = times[200];
  const later = await server.ask('GET', `/${id}/logs?ge(timestamp,${encodeURIComponent(encodeURIComponent(from))})`);
  assert.ok(later.data.length > 0 && later.data.every(line => line.timestamp >= from));
  assert.equal((await exh.tasks.logs.find(id)).length, 100);

  const span = (from, to) => server.request('GET', `/functions/chatty/logs?eventTimestamp%3E=${from}&eventTimestamp%3C=${to}`);
  const lines = (await span(times[0], times.at(-1))).json.data;
  assert.ok(lines.length === 100 && lines.every(line => line.eventTimestamp >= times[0]));
  assert.equal((await server.request('GET', '/functions/chatty/logs')).json.code, 20);
});

test('requests outlive the server, whether it is stopped or killed', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  let server = await workspace.start({}, { port });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'echo', echo);
  for (let i = 0; i < 20; i++) await exh.tasks.api.get('echo', `/${i}`);
  await recorded(exh, 'echo', 20);
  await server.kill();
  server = await workspace.start({}, { port });
  await exh.tasks.api.get('echo', '/last');
  process.kill(server.pid, 'SIGTERM');
  await server.exited;

  await workspace.start({}, { port });
  const paths = (await recorded(exh, 'echo', 21)).map(each => each.path);
  assert.deepEqual(paths, ['last', ...Array.from({ length: 20 }, (_, i) => `${19 - i}`)]);
});

test('keys call what they may, and a function learns who calls', async t => {
  const workspace = new Workspace(t);
  const keys = [newApiKey('admin'), newApiKey('narrow', 'EXECUTE_API_FUNCTION:echo', 1)];
  const server = await workspace.start(Object.assign({}, ...keys.map(each => each.settings)));
  const [admin, narrow] = keys.map(
    ({ key }) => createOAuth2Client({ host: server.url, clientId: 'end-to-end', accessToken: key, refreshToken: 'none' }));
  for (const name of ['echo', 'other']) write(workspace, name, echo);

  const seen = await narrow.tasks.api.get('echo', '/');
  assert.match(seen.headers['x-exh-requesting-application-id'], /^[0-9a-f]{24}$/);
  assert.equal(seen.headers.authorization, undefined);
  await fails(narrow.tasks.api.get('other', '/'), 'NoPermissionError', 10);
  await fails(narrow.tasks.apiRequests.find(), 'NoPermissionError', 10);
  const [request] = await recorded(admin, 'echo');
  assert.equal(request.applicationId, seen.headers['x-exh-requesting-application-id']);
});
