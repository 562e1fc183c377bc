import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createOAuth2Client } from '@extrahorizon/javascript-sdk';
import { LocalLambda } from './harness/local-lambda.mjs';
import { fails, write } from './harness/sdk.mjs';
import { freePort, newApiKey } from './harness/server.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';
import { zip } from './harness/zip.mjs';

const codeOf = source => zip({ 'index.mjs': source }).toString('base64');
const managed = {
  runtime: 'nodejs22.x', entryPoint: 'index.handler', code: codeOf('export const handler = async task => ({ twice: 2 * task.data.n });'),
};

/** A call whose connection a test may cut. */
function execute(server, data, signal) {
  return fetch(`${server.url}/tasks/v1/functions/record/execute`, { method: 'POST', body: JSON.stringify({ data }), signal });
}

test('the official SDK executes functions, and each task is stored as it ended', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  write(workspace, 'returns', 'export const handler = async event => event.data?.answer;');
  await exh.tasks.functions.create({ name: 'doubles', ...managed, executionOptions: { defaultPriority: 5 } });

  // The worker's only slot is taken, which does not matter here.
  const gate = workspace.gate();
  await server.create(workspace.task({ gate: gate.path }));
  await workspace.untilInvoked(1);
  const doubled = await exh.tasks.functions.execute('doubles', { n: 21 });
  assert.deepEqual([doubled.status, doubled.result, doubled.data, doubled.priority], ['complete', { twice: 42 }, { n: 21 }, 0]);
  assert.ok(doubled.creationTimestamp instanceof Date);
  const stored = await exh.tasks.findById(doubled.id);
  assert.deepEqual([stored.status, stored.result, stored.data], ['complete', undefined, { n: 21 }]);
  for (const answer of [{ a: [1, { snake_case: 'ü 🙂' }] }, 'text', 5, false, [], null]) {
    assert.deepEqual((await exh.tasks.functions.execute('returns', { answer })).result, answer);
  }
  assert.equal((await exh.tasks.functions.execute('returns')).status, 'complete');
  gate.open();
  await server.untilAllEnded();
  const lines = await exh.tasks.logs.find(doubled.id);
  assert.match(lines.map(line => line.message).join('\n'), /REPORT RequestId/);
  assert.deepEqual(await exh.tasks.logs.findFirst(doubled.id), lines[0]);
});

test('the official SDK gets its typed errors, and policies do not retry', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ MaxDirectExecutions: 1 });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const throwing = zip({ 'index.mjs': `export const handler = async () => { throw new RangeError('on purpose'); };` }).toString('base64');
  await exh.tasks.functions.create({ ...managed, name: 'throws', code: throwing, retryPolicy: { enabled: true } });
  await exh.tasks.functions.create({ ...managed, name: 'long', timeLimit: 31 });
  await exh.tasks.functions.create({
    ...managed, name: 'short', timeLimit: 3, code: codeOf('export const handler = () => new Promise(done => setTimeout(done, 20_000));'),
  });
  await exh.tasks.functions.create({ ...managed, name: 'off' });
  await exh.tasks.functions.disable('off');

  const threw = await fails(exh.tasks.functions.execute('throws'), 'LambdaRuntimeError', 1406);
  assert.deepEqual(threw.runtimeError, { name: 'RangeError', message: 'on purpose' });
  const task = await exh.tasks.findById(threw.taskId);
  assert.deepEqual([task.status, task.error, task.retriedByTaskId], ['failed', { type: 'runtime', ...threw.runtimeError }, undefined]);
  assert.match((await exh.tasks.logs.find(threw.taskId)).map(line => line.message).join('\n'), /on purpose/);
  await fails(exh.tasks.functions.execute('long', { n: 1 }), 'TimeLimitExceedsDirectExecutionMaximumError', 1404);
  await fails(exh.tasks.functions.execute('off', { n: 1 }), 'LambdaInvocationError', 1405);
  await fails(exh.tasks.functions.execute('absent', { n: 1 }), 'ResourceUnknownError', 16);
  const late = await fails(exh.tasks.functions.execute('short', {}), 'LambdaRuntimeError', 1406);
  assert.equal((await exh.tasks.findById(late.taskId)).status, 'failed');

  const gate = workspace.gate();
  const running = exh.tasks.functions.execute('record', { record: workspace.recordFile, gate: gate.path });
  await workspace.untilInvoked(1);
  await fails(exh.tasks.functions.execute('record', { record: workspace.recordFile }), 'ConcurrentExecutionLimitError', 1403);
  gate.open();
  assert.equal((await running).status, 'complete');
});

test('keys execute what they may', async t => {
  const workspace = new Workspace(t);
  const keys = [newApiKey('admin'), newApiKey('narrow', 'EXECUTE_TASK_FUNCTION:one', 1), newApiKey('none', 'VIEW_TASKS', 2)];
  const server = await workspace.start(Object.assign({}, ...keys.map(each => each.settings)));
  const [admin, narrow, none] = keys.map(
    ({ key }) => createOAuth2Client({ host: server.url, clientId: 'end-to-end', accessToken: key, refreshToken: 'none' }));
  for (const name of ['one', 'other']) await admin.tasks.functions.create({ ...managed, name });

  assert.equal((await narrow.tasks.functions.execute('one', { n: 1 })).status, 'complete');
  await fails(narrow.tasks.functions.execute('other', { n: 1 }), 'NoPermissionError', 10);
  await fails(none.tasks.functions.execute('one', { n: 1 }), 'NoPermissionError', 10);
  await admin.tasks.functions.update('one', { executionOptions: { permissionMode: 'allUsers' } });
  assert.equal((await none.tasks.functions.execute('one', { n: 1 })).status, 'complete');
  await admin.tasks.functions.update('one', { executionOptions: { permissionMode: 'public' } });
  assert.equal((await fetch(`${server.url}/tasks/v1/functions/one/execute`, { method: 'POST', body: '{"data":{"n":1}}' })).status, 200);
});

test('a caller that leaves does not end its run, and a stopping server waits for it', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  const server = await workspace.start({}, { port });
  const [gate, leave] = [workspace.gate(), new AbortController()];
  const left = assert.rejects(execute(server, { record: workspace.recordFile, gate: gate.path }, leave.signal), { name: 'AbortError' });
  await workspace.untilInvoked(1);
  leave.abort();
  await left;

  process.kill(server.pid, 'SIGTERM');
  setTimeout(gate.open, 1_000);
  assert.equal((await server.exited).code, 0);
  const again = await workspace.start({}, { port });
  assert.equal((await again.get(workspace.record()[0].id)).status, 'complete');
});

test('after SIGKILL an execution has failed, once, and is not run again', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  const server = await workspace.start({}, { port });
  const gate = workspace.gate();
  const cut = assert.rejects(execute(server, { record: workspace.recordFile, gate: gate.path }));
  await workspace.untilInvoked(1);
  await server.kill();
  await cut;

  const again = await workspace.start({}, { port });
  await again.untilAllEnded();
  const task = await again.get(workspace.record()[0].id);
  assert.deepEqual([task.status, task.error.type, task.error.name], ['failed', 'runtime', 'zombieTaskCleaned']);
  assert.equal(workspace.record().length, 1);
  assert.deepEqual(await again.counts(), { new: 0, inProgress: 0, complete: 0, failed: 1, canceled: 0, retried: 0 });
});

test('in a cluster an api executes by itself, and what it leaves behind when it is killed is '
  + 'cleaned up once', async t => {
  const workspace = new Workspace(t);
  const servers = Servers.for(t);
  const env = await servers.start();
  const settings = {
    'Lambda:Endpoint': (await LocalLambda.start(t, { functions: workspace.functions, key: null })).endpoint, 'Lambda:Region': 'local',
    'Lambda:AccessKey': 'local', 'Lambda:SecretKey': 'local', WorkerLease: '00:00:05', 'Events:0': 'TaskFailed',
  };
  const other = await workspace.start({ Roles: 'api,dispatcher', WorkerLease: '00:00:05' }, { env });
  const api = await workspace.start({ ...settings, Roles: 'api' }, { env });
  const exh = createOAuth2Client({ host: api.url, clientId: 'end-to-end' });

  // There is no worker at all.
  assert.equal((await exh.tasks.functions.execute('record', { record: workspace.recordFile })).status, 'complete');
  const blind = await other.request('POST', '/functions/record/execute', {});
  assert.deepEqual([blind.status, blind.json.code], [503, 4]);
  assert.match(blind.json.message, /TasksBus:Lambda:Region/);
  assert.deepEqual(await servers.query(`select string_agg(distinct pool || ' ' || slots, ',') from workers`), 'direct execution 0');

  const gate = workspace.gate();
  const cut = assert.rejects(execute(api, { record: workspace.recordFile, gate: gate.path }));
  await workspace.untilInvoked(2);
  await api.kill();
  await cut;
  const id = workspace.record()[1].id;
  const task = await until('the task is cleaned up', async () => {
    const now = await other.get(id);
    return now.status === 'failed' && now;
  });
  assert.deepEqual([task.error.type, task.error.name], ['runtime', 'zombieTaskCleaned']);
  assert.equal(workspace.record().length, 2);
  gate.open();
});
