import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { LocalLambda } from './harness/local-lambda.mjs';
import { until } from './harness/wait.mjs';
import { zip } from './harness/zip.mjs';

const role = 'arn:aws:iam::123456789012:role/end-to-end';

/** The AWS command line as it is installed, with nothing of the user's own settings. */
function commandLine(lambda) {
  const env = {
    PATH: process.env.PATH, HOME: lambda.folder, AWS_PAGER: '', AWS_DEFAULT_REGION: 'eu-west-1', AWS_MAX_ATTEMPTS: '1',
    AWS_ACCESS_KEY_ID: lambda.key.accessKeyId, AWS_SECRET_ACCESS_KEY: lambda.key.secretAccessKey,
  };
  const common = ['--endpoint-url', lambda.endpoint, '--output', 'json', 'lambda'];
  return (...args) => new Promise(done => execFile('aws', [...common, ...args], { env }, (error, stdout, stderr) =>
    done({ code: error?.code ?? 0, errors: stderr, output: stdout.trim().startsWith('{') ? JSON.parse(stdout) : stdout })));
}

async function ok(call) {
  const { code, errors, output } = await call;
  assert.equal(code, 0, errors);
  return output;
}

async function fails(call, type, message) {
  const { code, errors } = await call;
  assert.notEqual(code, 0);
  assert.ok(errors.includes(`An error occurred (${type})`), errors);
  assert.match(errors, message);
}

test('the AWS command line creates, invokes, updates, lists and deletes functions, '
  + 'and tells Lambda\'s own errors', async t => {
  const lambda = await LocalLambda.start(t);
  const aws = commandLine(lambda);
  const file = (name, content) => {
    writeFileSync(lambda.path(name), content);
    return `fileb://${lambda.path(name)}`;
  };
  const seen = join(tmpdir(), `${basename(lambda.folder)}-seen`); // the function has a user of its own, who may not write into the folder
  t.after(() => rmSync(seen, { force: true }));
  const code = file('code.zip', zip({ 'index.mjs': `
    import { writeFileSync } from 'node:fs';
    export const handler = async event => {
      console.log('hello from the log');
      if (event.fail) throw new RangeError(event.fail);
      if (event.seen) writeFileSync(event.seen, event.text);
      return { event, greeting: process.env.GREETING };
    };` }));
  const payload = value => ['--payload', file('payload.json', JSON.stringify(value))];
  const answer = () => JSON.parse(readFileSync(lambda.path('answer.json'), 'utf8'));
  const invoke = (...args) => aws('invoke', '--function-name', 'greet', ...args, lambda.path('answer.json'));

  const created = await ok(aws(
    'create-function', '--function-name', 'greet', '--runtime', 'nodejs20.x', '--handler', 'index.handler', '--role', role,
    '--zip-file', code, '--environment', 'Variables={GREETING=hi}', '--timeout', '10'));
  assert.equal(created.State, 'Pending');
  await ok(aws('wait', 'function-active-v2', '--function-name', 'greet'));

  assert.deepEqual(await ok(invoke(...payload({ a: 'ü' }))), { StatusCode: 200, ExecutedVersion: '$LATEST' });
  assert.deepEqual(answer(), { event: { a: 'ü' }, greeting: 'hi' });
  const tail = await ok(invoke('--log-type', 'Tail', ...payload({})));
  assert.match(
    Buffer.from(tail.LogResult, 'base64').toString(),
    /^START RequestId: [^]*INFO\thello from the log\nEND RequestId: [^]*\nREPORT RequestId: /);
  const failed = await ok(invoke(...payload({ fail: 'on purpose' })));
  assert.equal(failed.FunctionError, 'Unhandled');
  assert.deepEqual([answer().errorType, answer().errorMessage], ['RangeError', 'on purpose']);

  assert.equal((await ok(invoke('--invocation-type', 'Event', ...payload({ seen, text: 'later' })))).StatusCode, 202);
  await until('the event has been handled', () => { try { return readFileSync(seen, 'utf8') === 'later'; } catch { return false; } });
  assert.equal((await ok(invoke('--invocation-type', 'DryRun', ...payload({})))).StatusCode, 204);

  const updated = await ok(aws(
    'update-function-code', '--function-name', 'greet', '--zip-file',
    file('new.zip', zip({ 'index.mjs': 'export const handler = async () => "new";' }))));
  assert.equal(updated.LastUpdateStatus, 'InProgress');
  await ok(aws('wait', 'function-updated-v2', '--function-name', 'greet'));
  await ok(
    aws('update-function-configuration', '--function-name', created.FunctionArn, '--memory-size', '256', '--description', 'changed'));
  await ok(aws('wait', 'function-updated', '--function-name', 'greet'));
  await ok(invoke(...payload({})));
  assert.equal(answer(), 'new');

  const got = await ok(aws('get-function', '--function-name', 'greet'));
  assert.deepEqual([got.Configuration.MemorySize, got.Configuration.Description, got.Configuration.Timeout], [256, 'changed', 10]);
  const download = await fetch(got.Code.Location);
  assert.deepEqual(Buffer.from(await download.arrayBuffer()), readFileSync(lambda.path('new.zip')));

  for (const name of ['one', 'two', 'three']) {
    await ok(aws(
      'create-function', '--function-name', name, '--runtime', 'nodejs22.x', '--handler', 'index.handler', '--role', role,
      '--zip-file', code));
  }
  const listed = await ok(aws('list-functions', '--page-size', '2'));
  assert.deepEqual(listed.Functions.map(each => each.FunctionName), ['greet', 'one', 'three', 'two']);
  assert.equal((await ok(aws('list-versions-by-function', '--function-name', 'greet'))).Versions.length, 1);
  assert.equal((await ok(aws('get-account-settings'))).AccountUsage.FunctionCount, 4);

  const create = (name, ...args) => aws(
    'create-function', '--function-name', name, '--handler', 'index.handler', '--role', role, '--zip-file', code, ...args);
  await fails(create('greet', '--runtime', 'nodejs20.x'), 'ResourceConflictException', /Function already exist: greet/);
  await fails(create('old', '--runtime', 'nodejs12.x'), 'InvalidParameterValueException', /no longer supported/);
  await fails(
    create('bad', '--runtime', 'nodejs20.x', '--zip-file', file('bad.zip', zip({ '../index.mjs': '' }))), 'InvalidParameterValueException',
    /Could not unzip uploaded file/);
  await fails(
    create('env', '--runtime', 'nodejs20.x', '--environment', 'Variables={AWS_REGION=x}'), 'InvalidParameterValueException',
    /reserved keys/);
  await fails(
    aws('update-function-configuration', '--function-name', 'greet', '--timeout', '5', '--revision-id', 'another'),
    'PreconditionFailedException', /Revision Id/);
  await fails(
    aws('update-function-configuration', '--function-name', 'greet', '--timeout', '901'), 'ValidationException',
    /less than or equal to 900/);
  for (const command of ['get-function', 'get-function-configuration', 'delete-function']) {
    await fails(aws(command, '--function-name', 'absent'), 'ResourceNotFoundException', /Function not found: arn:aws:lambda:/);
  }

  await ok(aws('delete-function', '--function-name', 'greet'));
  await fails(invoke(...payload({})), 'ResourceNotFoundException', /Function not found/);
});

test('a request of the AWS command line with another key is refused', async t => {
  const lambda = await LocalLambda.start(t);
  const stranger = commandLine(
    { ...lambda, endpoint: lambda.endpoint, folder: lambda.folder, key: { ...lambda.key, secretAccessKey: 'another-secret-key' } });
  await fails(stranger('list-functions'), 'InvalidSignatureException', /signature/);
});

test('functions in Python and with a runtime of their own are created by the AWS command line too', async t => {
  const lambda = await LocalLambda.start(t);
  const aws = commandLine(lambda);
  const bootstrap = `#!/usr/bin/env node
    (async () => {
      for (const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation';;) {
        const next = await fetch(api + '/next');
        await fetch(api + '/' + next.headers.get('lambda-runtime-aws-request-id') + '/response', {
          method: 'POST', body: JSON.stringify({ own: await next.json() }),
        });
      }
    })();`;
  const python = 'def handler(event, context):\n    print("from Python")\n    return {"python": event}\n';
  for (const [name, runtime, handler, files] of [
    ['own', 'provided.al2023', 'any', { bootstrap }], ['python', 'python3.12', 'app.handler', { 'app.py': python }]]) {
    writeFileSync(lambda.path(`${name}.zip`), zip(files));
    await ok(aws(
      'create-function', '--function-name', name, '--runtime', runtime, '--handler', handler, '--role', role, '--timeout', '60',
      '--zip-file', `fileb://${lambda.path(`${name}.zip`)}`));
    await ok(aws('wait', 'function-active-v2', '--function-name', name));
    writeFileSync(lambda.path('payload.json'), '[1]');
    const { LogResult } = await ok(aws(
      'invoke', '--function-name', name, '--log-type', 'Tail', '--payload', `fileb://${lambda.path('payload.json')}`,
      lambda.path('answer.json')));
    assert.deepEqual(JSON.parse(readFileSync(lambda.path('answer.json'), 'utf8')), { [name]: [1] });
    assert.match(Buffer.from(LogResult, 'base64').toString(), name === 'python' ? /\nfrom Python\nEND / : /^START /);
  }
});
