import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client, NoPermissionError } from '@extrahorizon/javascript-sdk';
import { Issuer } from './harness/issuer.mjs';
import { newApiKey } from './harness/server.mjs';
import { Workspace } from './harness/workspace.mjs';

// The most that a log can say: nothing of it may be a token.
const everything = ['--Logging:LogLevel:Default=Trace', '--Logging:LogLevel:Microsoft=Trace'];

const permissions = 'VIEW_TASKS CREATE_TASKS CANCEL_TASKS VIEW_TASK_LOGS';

test('the official SDK works with a token of an OpenID Connect issuer, '
  + 'through a change of its keys and its outage', async t => {
  const workspace = new Workspace(t);
  const issuer = await Issuer.start(t);
  const { key, settings } = newApiKey('service');
  const server = await workspace.start(
    { WorkerSlots: 2, 'Jwt:Issuer': issuer.url, 'Jwt:Audience': 'tasks', 'Jwt:PermissionsClaim': 'scope', ...settings },
    { key, args: everything });
  const secrets = [key];
  const clientOf = claims => {
    const accessToken = issuer.token({ sub: '507f1f77bcf86cd799439011', azp: 'web', ...claims });
    secrets.push(accessToken);
    return createOAuth2Client({ host: server.url, clientId: 'any', accessToken, refreshToken: 'none' });
  };

  const exh = clientOf({ scope: permissions });
  const task = await exh.tasks.create(workspace.task());
  assert.equal(task.createdByUserId, '507f1f77bcf86cd799439011');
  assert.match(task.createdByApplicationId, /^[0-9a-f]{24}$/);
  await server.untilAllEnded();
  assert.equal((await exh.tasks.findById(task.id)).status, 'complete');
  const waiting = await exh.tasks.create(workspace.task({}, { startTimestamp: new Date(Date.now() + 3_600_000) }));
  assert.equal((await exh.tasks.cancel(waiting.id)).affectedRecords, 1);

  const watching = clientOf({ scope: 'openid VIEW_TASKS' });
  assert.equal((await watching.tasks.find()).page.total, 2);
  await assert.rejects(watching.tasks.create(workspace.task()), NoPermissionError);

  // This goes over raw HTTP, because on 117 and 118 the SDK would look for a new token elsewhere.
  const now = Math.floor(Date.now() / 1000);
  const tokens = [issuer.token({ aud: 'another', scope: permissions }), issuer.token({ exp: now - 600, scope: permissions })];
  const answers = await Promise.all(tokens.map(async token => {
    secrets.push(token);
    const response = await fetch(`${server.url}/tasks/v1/`, { headers: { Authorization: `Bearer ${token}` } });
    return [response.status, (await response.json()).code, response.headers.get('WWW-Authenticate')];
  }));
  assert.deepEqual(answers, [[401, 117, 'Bearer error="invalid_token"'], [401, 118, 'Bearer error="invalid_token"']]);

  // New keys are asked for at most every ten seconds.
  issuer.rotate();
  const later = clientOf({ scope: permissions });
  for (const end = Date.now() + 30_000; ;) {
    const response = await fetch(`${server.url}/tasks/v1/`, { headers: { Authorization: `Bearer ${secrets.at(-1)}` } });
    if (response.status === 200) break;
    assert.ok(Date.now() < end, 'the new key is not known after 30 s');
    await new Promise(done => setTimeout(done, 1_000));
  }

  await issuer.stop();
  assert.equal((await later.tasks.find()).page.total, 2);
  await issuer.start();

  const { output, errors } = await server.signal('SIGTERM');
  for (const secret of secrets) assert.ok(!(output + errors).includes(secret.split('.').at(-1)), 'a token is in the log');
});
