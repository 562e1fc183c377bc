import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createOAuth2Client } from '@extrahorizon/javascript-sdk';
import { LocalLambda } from './harness/local-lambda.mjs';
import { fails } from './harness/sdk.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';
import { zip } from './harness/zip.mjs';

const runtime = 'nodejs22.x';
const codeOf = source => zip({ 'index.mjs': source }).toString('base64');
const says = text => codeOf(
  `export const handler = async task => { console.log(${JSON.stringify(text)}, process.env.GREETING, task.data?.n); };`);

/** The task once it has ended. */
async function ended(exh, id, within) {
  return until(`task ${id} has ended`, async () => {
    const task = await exh.tasks.findById(id);
    return ['complete', 'failed', 'retried', 'canceled'].includes(task.status) && task;
  }, { within });
}

async function log(server, id) {
  return (await server.ask('GET', `/${id}/logs`)).data.map(line => line.message).join('\n');
}

test('the official SDK deploys a zip, and its function lives from create to delete', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });

  const secret = 's3cret-that-nobody-prints';
  const made = await exh.tasks.functions.create({
    name: 'greet', description: 'says hello', runtime, entryPoint: 'index.handler', code: says('one'),
    environmentVariables: { GREETING: { value: 'Hello' }, Key_Case: { value: secret } },
    executionOptions: { defaultPriority: 12 },
  });
  assert.deepEqual({ ...made, updateTimestamp: undefined }, {
    name: 'greet', description: 'says hello', runtime, entryPoint: 'index.handler', timeLimit: 30, memoryLimit: 128, enabled: true,
    environmentVariables: { GREETING: { value: 'Hello' }, Key_Case: { value: secret } },
    executionOptions: { permissionMode: 'permissionRequired', defaultPriority: 12 },
    retryPolicy: { enabled: false, errorsToRetry: [] }, updateTimestamp: undefined,
  });
  const first = await exh.tasks.create({ functionName: 'greet', data: { n: 1 } });
  assert.equal(first.priority, 12);
  assert.equal((await ended(exh, first.id)).status, 'complete');
  assert.match(await log(server, first.id), /one Hello 1/);

  assert.deepEqual(
    (await exh.tasks.functions.find()).data.map(each => [each.name, each.description, each.updateTimestamp instanceof Date]),
    [['greet', 'says hello', true]]);
  assert.deepEqual(await exh.tasks.functions.getByName('greet'), made);

  const changes = { code: says('two'), environmentVariables: { GREETING: { value: 'Bye' } }, executionOptions: { defaultPriority: -1 } };
  assert.deepEqual(await exh.tasks.functions.update('greet', changes), { affectedRecords: 1 });
  const second = await exh.tasks.create({ functionName: 'greet', data: { n: 2 } });
  assert.equal(second.priority, -1);
  assert.equal((await ended(exh, second.id)).status, 'complete');
  assert.match(await log(server, second.id), /two Bye 2/);
  assert.equal((await exh.tasks.functions.getByName('greet')).description, 'says hello');

  assert.deepEqual(await exh.tasks.functions.disable('greet'), { affectedRecords: 1 });
  assert.equal((await exh.tasks.functions.getByName('greet')).enabled, false);
  const disabled = await ended(exh, (await exh.tasks.create({ functionName: 'greet' })).id);
  assert.deepEqual([disabled.status, disabled.error.type, disabled.error.name], ['failed', 'invocation', 'FunctionDisabled']);
  assert.deepEqual(await exh.tasks.functions.enable('greet'), { affectedRecords: 1 });
  assert.equal((await ended(exh, (await exh.tasks.create({ functionName: 'greet' })).id)).status, 'complete');

  // Neither the database nor the output of the server holds a value in plain text.
  const files = readdirSync(workspace.data).filter(name => name.startsWith('tasksbus.db'));
  assert.ok(files.length > 0);
  for (const file of files) assert.ok(!readFileSync(join(workspace.data, file)).includes(secret), file);
  assert.ok(!server.output.includes(secret));

  assert.deepEqual(await exh.tasks.functions.remove('greet'), { affectedRecords: 1 });
  await fails(exh.tasks.functions.getByName('greet'), 'ResourceUnknownError', 16);
  const gone = await ended(exh, (await exh.tasks.create({ functionName: 'greet' })).id);
  assert.deepEqual([gone.status, gone.error.type], ['failed', 'invocation']);
  assert.equal((await exh.tasks.findById(first.id)).status, 'complete');
});

test('the official SDK gets its typed errors, and what was refused is not there', async t => {
  const server = await new Workspace(t).start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const whole = { name: 'fine', runtime, entryPoint: 'index.handler', code: says('fine') };

  await fails(exh.tasks.functions.create({ ...whole, name: 'not fine' }), 'InvalidFunctionNameError', 1407);
  await fails(exh.tasks.functions.create({ ...whole, timeLimit: 301 }), 'InvalidFunctionParameterError', 1402);
  await fails(exh.tasks.functions.create({ ...whole, runtime: 'cobol60.x' }), 'InvalidFunctionParameterError', 1402);
  await fails(exh.tasks.functions.create({ ...whole, code: 'no base64!' }), 'InvalidFunctionCodeError', 1401);
  await fails(
    exh.tasks.functions.create({ ...whole, code: zip({ 'other.mjs': '' }).toString('base64') }), 'InvalidFunctionCodeError', 1401);
  await fails(exh.tasks.functions.create({ ...whole, code: undefined }), 'MissingRequiredFieldsError', 14);
  for (const call of ['getByName', 'remove', 'enable', 'disable'])
    await fails(exh.tasks.functions[call]('fine'), 'ResourceUnknownError', 16);
  await fails(exh.tasks.functions.update('fine', { timeLimit: 30 }), 'ResourceUnknownError', 16);
  assert.deepEqual((await exh.tasks.functions.find()).data, []);

  await exh.tasks.functions.create(whole);
  await fails(exh.tasks.functions.create(whole), 'ResourceAlreadyExistsError', 17);
  // A function in a folder has its name in Lambda already.
  await fails(exh.tasks.functions.create({ ...whole, name: 'record' }), 'ResourceAlreadyExistsError', 17);
  await fails(exh.tasks.functions.update('fine', { timeLimit: 60, runtime: 'cobol60.x' }), 'InvalidFunctionParameterError', 1402);
  assert.equal((await exh.tasks.functions.getByName('fine')).timeLimit, 30);
  assert.equal((await ended(exh, (await exh.tasks.create({ functionName: 'fine' })).id)).status, 'complete');
});

test('a retry policy makes a chain of tasks, 2, 5 and 10 seconds apart', async t => {
  const server = await new Workspace(t).start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const code = codeOf(`export const handler = async task => {
    if ((task.retryForTaskIds ?? []).length < task.data.failures) throw new RangeError("again");
  };`);
  await exh.tasks.functions.create(
    { name: 'weak', runtime, entryPoint: 'index.handler', code, retryPolicy: { enabled: true, errorsToRetry: ['RangeError'] } });

  const [mended, hopeless] = await Promise.all(
    [2, 9].map(failures => exh.tasks.create({ functionName: 'weak', data: { failures }, tags: ['chain'], priority: 3 })));
  for (const [task, retries, last] of [[mended, 2, 'complete'], [hopeless, 3, 'failed']]) {
    const chain = [await ended(exh, task.id)];
    while (chain.at(-1).retriedByTaskId) chain.push(await ended(exh, chain.at(-1).retriedByTaskId));
    assert.deepEqual(chain.map(each => each.status), [...Array(retries).fill('retried'), last]);
    chain.forEach((each, i) => {
      assert.deepEqual(each.retryForTaskIds ?? [], chain.slice(0, i).map(before => before.id));
      assert.deepEqual([each.data, each.tags, each.priority], [task.data, ['chain'], 3]);
      if (i > 0) assert.equal(each.startTimestamp - chain[i - 1].statusChangedTimestamp, [2, 5, 10][i - 1] * 1_000);
      if (each.status !== 'complete')
        assert.deepEqual([each.error.type, each.error.name, each.error.message], ['runtime', 'RangeError', 'again']);
    });
  }
  assert.equal(await server.count('failed'), 1);

  // The policy holds for what fails from now on.
  await exh.tasks.functions.update('weak', { retryPolicy: { errorsToRetry: ['Another'] } });
  assert.equal((await ended(exh, (await exh.tasks.create({ functionName: 'weak', data: { failures: 1 } })).id)).status, 'failed');
});

test('a time limit ends a function that takes longer, and holds at once when it is changed', async t => {
  const server = await new Workspace(t).start({});
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const code = codeOf('export const handler = () => new Promise(done => setTimeout(done, 4_500));');
  await exh.tasks.functions.create({ name: 'slow', runtime, entryPoint: 'index.handler', code, timeLimit: 3 });

  const late = await ended(exh, (await exh.tasks.create({ functionName: 'slow' })).id);
  assert.equal(late.status, 'failed');
  assert.equal(late.error.type, 'runtime');
  assert.match(late.error.message, /timed out after 3\.00 seconds/);

  await exh.tasks.functions.update('slow', { timeLimit: 20 });
  assert.equal((await ended(exh, (await exh.tasks.create({ functionName: 'slow' })).id)).status, 'complete');
});

test('only registered functions can be scheduled where a setting says so', async t => {
  const server = await new Workspace(t).start({ OnlyRegisteredFunctions: true });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });

  const refused = await server.request('POST', '/', { functionName: 'record' });
  assert.deepEqual([refused.status, refused.json.code, refused.json.name], [404, 16, 'RESOURCE_UNKNOWN_EXCEPTION']);
  await exh.tasks.functions.create({ name: 'known', runtime, entryPoint: 'index.handler', code: says('known') });
  assert.equal((await ended(exh, (await exh.tasks.create({ functionName: 'known' })).id)).status, 'complete');
});

test('functions and their secrets outlive the server', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({});
  await createOAuth2Client({ host: server.url, clientId: 'end-to-end' }).tasks.functions.create({
    name: 'kept', runtime, entryPoint: 'index.handler', code: says('kept'), environmentVariables: { GREETING: { value: 'still here' } },
  });
  await server.kill();

  const again = await workspace.start({});
  const exh = createOAuth2Client({ host: again.url, clientId: 'end-to-end' });
  assert.deepEqual((await exh.tasks.functions.getByName('kept')).environmentVariables, { GREETING: { value: 'still here' } });
  const task = await exh.tasks.create({ functionName: 'kept' });
  assert.equal((await ended(exh, task.id)).status, 'complete');
  assert.match(await log(again, task.id), /kept still here/);
});

test('in a cluster, what one api is told holds for the other and for the workers', async t => {
  const workspace = new Workspace(t);
  const servers = Servers.for(t);
  const env = await servers.start();
  const lambda = (await LocalLambda.start(t, { functions: workspace.functions, key: null })).endpoint;
  const settings = {
    'Lambda:Endpoint': lambda, 'Lambda:Region': 'local', 'Lambda:AccessKey': 'local', 'Lambda:SecretKey': 'local',
    'Lambda:ExecutionRole': 'arn:aws:iam::000000000000:role/local',
  };
  const one = await workspace.start({ ...settings, Roles: 'api,dispatcher' }, { env });
  const other = await workspace.start({ ...settings, Roles: 'api' }, { env });
  const blind = await workspace.start({ Roles: 'api' }, { env });
  await workspace.start({ ...settings, Roles: 'worker' }, { env });
  const [exh, otherExh] = [one, other].map(server => createOAuth2Client({ host: server.url, clientId: 'end-to-end' }));

  await exh.tasks.functions.create({
    name: 'shared', runtime, entryPoint: 'index.handler', code: says('shared'), environmentVariables: { GREETING: { value: 'by both' } },
  });
  assert.deepEqual((await otherExh.tasks.functions.getByName('shared')).environmentVariables, { GREETING: { value: 'by both' } });
  const task = await otherExh.tasks.create({ functionName: 'shared' });
  assert.equal((await ended(exh, task.id)).status, 'complete');
  assert.match(await log(one, task.id), /shared by both/);
  assert.ok(!(await servers.query('select environment from functions')).includes('both'));

  for (let i = 1; i <= 10; i++) {
    const [teller, asked] = i % 2 ? [exh, otherExh] : [otherExh, exh];
    await teller.tasks.functions.update('shared', { executionOptions: { defaultPriority: i } });
    await teller.tasks.functions[i % 2 ? 'disable' : 'enable']('shared');
    const each = await asked.tasks.create({ functionName: 'shared' });
    assert.equal(each.priority, i);
    assert.equal((await ended(asked, each.id)).status, i % 2 ? 'failed' : 'complete');
  }

  // An api that reaches no Lambda still reads, enables and disables functions, and says what it lacks.
  assert.equal((await blind.ask('GET', '/functions/shared')).environmentVariables.GREETING.value, 'by both');
  assert.deepEqual(await blind.ask('POST', '/functions/shared/disable'), { affectedRecords: 1 });
  const refused = await blind.request('DELETE', '/functions/shared');
  assert.deepEqual([refused.status, refused.json.code], [503, 4]);
  assert.match(refused.json.message, /TasksBus:Lambda:Region/);
  assert.deepEqual(await otherExh.tasks.functions.remove('shared'), { affectedRecords: 1 });
});
