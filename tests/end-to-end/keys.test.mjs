import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client, createProxyClient, NoPermissionError, UserNotAuthenticatedError } from '@extrahorizon/javascript-sdk';
import { freePort, newApiKey } from './harness/server.mjs';
import { Workspace } from './harness/workspace.mjs';

// The most that a log can say: nothing of it may be a key.
const everything = ['--Logging:LogLevel:Default=Trace', '--Logging:LogLevel:Microsoft=Trace'];

test('the official SDK works with an API key as its access token, '
  + 'and each caller does what its key allows', async t => {
  const workspace = new Workspace(t);
  const all = newApiKey('all');
  const viewer = newApiKey('viewer', 'VIEW_TASKS,VIEW_TASK_LOGS', 1);
  const server = await workspace.start({ WorkerSlots: 2, ...all.settings, ...viewer.settings }, { key: all.key, args: everything });
  const clients = [
    createOAuth2Client({ host: server.url, clientId: 'any', accessToken: all.key, refreshToken: 'none' }),
    createProxyClient({ host: server.url, headers: { Authorization: `Bearer ${all.key}` } }),
  ];

  for (const exh of clients) {
    const task = await exh.tasks.create(workspace.task());
    assert.match(task.createdByApplicationId, /^[0-9a-f]{24}$/);
    await server.untilAllEnded();
    assert.equal((await exh.tasks.findById(task.id)).status, 'complete');
    const waiting = await exh.tasks.create(workspace.task({}, { startTimestamp: new Date(Date.now() + 3_600_000) }));
    assert.equal((await exh.tasks.cancel(waiting.id)).affectedRecords, 1);
  }

  const watching = createOAuth2Client({ host: server.url, clientId: 'any', accessToken: viewer.key, refreshToken: 'none' });
  assert.equal((await watching.tasks.find()).page.total, 4);
  await assert.rejects(watching.tasks.create(workspace.task()), NoPermissionError);

  const nobody = createOAuth2Client({ host: server.url, clientId: 'any' });
  await assert.rejects(nobody.tasks.find(), UserNotAuthenticatedError);
  // This goes over raw HTTP, because on 117 the SDK would look for a new token elsewhere.
  const unknown = await fetch(`${server.url}/tasks/v1/`, { headers: { Authorization: 'Bearer tbk_unknown-secret' } });
  assert.deepEqual([unknown.status, (await unknown.json()).code], [401, 117]);

  const { output, errors } = await server.signal('SIGTERM');
  for (const secret of [all.key, viewer.key, 'tbk_unknown-secret']) assert.ok(!(output + errors).includes(secret), 'a key is in the log');
});

for (const host of ['0.0.0.0', '*']) {
  test(`with a key the server listens on ${host}, and warns that keys travel unencrypted`, async t => {
    const workspace = new Workspace(t);
    const { key, settings } = newApiKey('all');
    const port = await freePort();
    const server = workspace.launch({ WorkerSlots: 1, ...settings }, { url: `http://${host}:${port}`, key });
    server.url = `http://127.0.0.1:${port}`;
    await server.untilReady();

    await server.create(workspace.task());
    await server.untilCount('complete', 1);
    assert.equal((await fetch(`${server.url}/tasks/v1/`)).status, 401);
    assert.equal(server.output.match(/unencrypted/g)?.length, 1, server.output);
    assert.match(server.output, /Authorization: Bearer KEY/);
  });
}
