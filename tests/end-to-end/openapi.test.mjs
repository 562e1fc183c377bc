import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { before, describe, test } from 'node:test';
import { newApiKey } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const folder = join(root, 'tests/end-to-end/openapi');
const idInExamples = '507f1f77bcf86cd799439011';
const unknownId = 'ffffffffffffffffffffffff';

describe('the OpenAPI document', () => {
  before(() => {
    if (!existsSync(join(folder, 'node_modules', 'ajv')))
      execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd: folder, stdio: 'inherit' });
  });

  test('passes the linter', async t => {
    const { workspace, document } = await start(t);
    const file = join(workspace.folder, 'openapi.json');
    writeFileSync(file, JSON.stringify(document));

    const program = join(folder, 'node_modules/@redocly/cli/bin/cli.js');
    const env = { ...process.env, HOME: workspace.folder, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: '1' };
    try {
      execFileSync(
        process.execPath, [program, 'lint', file, '--config', join(folder, 'redocly.yaml'), '--format', 'stylish'],
        { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      assert.fail(error.stdout + error.stderr);
    }
  });

  test('has examples that work, and answers as it says', async t => {
    const { server, document, check } = await start(t);
    const done = (await server.create({ functionName: 'hello' })).id;
    await until('the task is complete', async () => (await server.get(done)).status === 'complete');

    const schedule = JSON.parse((await send(server, 'post', '/tasks/v1/schedules', { functionName: 'hello', interval: 3600 })).text).id;
    await send(server, 'get', '/tasks/v1/api/hello');
    const { id: request } = await until(
      'the request is recorded', async () => JSON.parse((await send(server, 'get', '/tasks/v1/apiRequests')).text).data[0]);
    const operation = JSON.parse((await send(server, 'post', '/tasks/v1/bulk', { action: 'cancel', query: 'eq(status,new)' })).text).id;
    const ids = {
      taskId: done, scheduleId: schedule, requestId: request, operationId: operation, ...await dispatcher(server),
    };
    for (const { method, path, about } of inOrder(document)) {
      // A cancel needs a task that is new.
      const isCancel = about.operationId === 'cancelTask';
      ids.taskId = isCancel ? (await server.create({ functionName: 'hello', startTimestamp: '2999-01-01' })).id : done;
      const [sample] = about['x-codeSamples'];
      const source = idsOf(path).reduce((text, name) => text.replace(idInExamples, ids[name]), sample.source.replace('KEY', server.key));
      const output = execFileSync('sh', ['-c', `${source} -w '\\n%{http_code}'`], { encoding: 'utf8' });
      const [, text, status] = /^(.*)\n(\d+)$/s.exec(output);
      check(method, path, Number(status), text);
      assert.equal(status, '200', `${sample.source} answered ${output}`);
    }
  });

  test('has bodies in its examples that work, each', async t => {
    const { server, document, check } = await start(t);
    const ids = await dispatcher(server);
    for (const { method, path, about } of inOrder(document)) {
      for (const { value } of Object.values(about.requestBody?.content['application/json'].examples ?? {})) {
        const place = idsOf(path).reduce((text, name) => text.replace(`{${name}}`, ids[name]), path.replace('{name}', 'greet'));
        const { status, text } = await send(server, method, place, value);
        assert.equal(status, 200, text);
        check(method, path, status, text);
      }
    }
  });

  test('tells the errors that come', async t => {
    const { server, document, check } = await start(t);
    for (const { method, path, about } of inOrder(document)) {
      if (about.security.length === 0) continue;
      const exchanges = [await send(server, method, path, undefined, {})];
      if (about.requestBody) {
        for (const body of [undefined, '[', {}, { functionName: 5, name: 5, tasks: 5 }])
          exchanges.push(await send(server, method, path.replace('{name}', 'no-such'), body));
      }
      if (idsOf(path).length > 0 && !about.requestBody)
        for (const id of ['no-id', unknownId]) exchanges.push(await send(server, method, path.replace(/{\w+Id}/g, id)));
      if (path.includes('{name}') && !about.requestBody) exchanges.push(await send(server, method, path.replace('{name}', 'no-such')));
      for (const { status, text } of exchanges) check(method, path, status, text);
      assert.equal(exchanges[0].status, 401);
    }
  });
});

/** A server with the sample functions, its document, and what checks an answer against it. */
async function start(t) {
  const workspace = new Workspace(t);
  const { key, settings } = newApiKey('docs');
  const server = await workspace.start({ FunctionsPath: join(root, 'src/samples/functions'), ...settings }, { key });
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  return { workspace, server, document, check: checkAgainst(document) };
}

function checkAgainst(document) {
  const require = createRequire(join(folder, 'package.json'));
  const ajv = new (require('ajv/dist/2020').default)({ strict: false, allErrors: true });
  require('ajv-formats').default(ajv);
  ajv.addSchema(document, 'api');
  return (method, path, status, text) => {
    const answer = document.paths[path][method].responses[status];
    assert.ok(answer, `${method} ${path} does not tell of ${status}: ${text}`);
    // An error of every operation is a component.
    const place = answer.$ref ? answer.$ref.split('/').slice(1) : ['paths', path, method, 'responses', status];
    const [type] = Object.keys(place.reduce((part, step) => part[step], document).content);
    const pointer = [...place, 'content', type, 'schema']
      .map(step => encodeURIComponent(`${step}`.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = ajv.compile({ $ref: `api#/${pointer}` });
    assert.ok(
      validate(type === 'application/json' ? JSON.parse(text) : text),
      `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}: ${text}`);
  };
}

/** The names of the ids in a path, in their order. */
const idsOf = path => [...path.matchAll(/{(\w+Id)}/g)].map(match => match[1]);

/** Makes a dispatcher with an action, and an event; returns their ids. */
async function dispatcher(server) {
  const ask = async (path, body) => JSON.parse((await send(server, 'post', path, body)).text);
  const made = await ask('/dispatchers/v1', { eventType: 'made', actions: [{ type: 'task', functionName: 'hello' }] });
  const event = await ask('/events/v1', { type: 'another', content: {} });
  return { dispatcherId: made.id, actionId: made.actions[0].id, eventId: event.id };
}

/** What makes things comes first, and what deletes them last: parts before wholes. */
function inOrder(document) {
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, about]) => ({ method, path, about })));
  const place = ({ about }) => about.operationId.startsWith('create') ? 0 : about.operationId.startsWith('delete') ? 2 : 1;
  return operations.sort((one, other) => place(one) - place(other) || (place(one) === 2 ? other.path.length - one.path.length : 0));
}

async function send(server, method, path, body, headers = { Authorization: `Bearer ${server.key}` }) {
  const response = await fetch(
    server.url + path, { method: method.toUpperCase(), headers, body: typeof body === 'object' ? JSON.stringify(body) : body });
  return { status: response.status, text: await response.text() };
}
