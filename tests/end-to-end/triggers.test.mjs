import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client, rqlBuilder } from '@extrahorizon/javascript-sdk';
import { fails } from './harness/sdk.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

test('the official SDK makes dispatchers, finds them, changes them and removes them', async t => {
  const server = await new Workspace(t).start();
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const startTimestamp = new Date(Date.now() + 3_600_000);
  const wanted = {
    eventType: 'user_deleted', name: 'cleaner', description: 'cleans up', tags: ['a', 'ü'],
    actions: [{
      type: 'task', name: 'first', description: 'the first', functionName: 'record', data: { camelCase: 'x', snake_case: 'y' }, tags: ['t'],
      startTimestamp,
    }],
  };

  const made = await exh.dispatchers.create(wanted);
  assert.match(made.id, /^[0-9a-f]{24}$/);
  for (const name of ['eventType', 'name', 'description', 'tags']) assert.deepEqual(made[name], wanted[name]);
  assert.ok(made.creationTimestamp instanceof Date && made.updateTimestamp instanceof Date);
  const [{ id: actionId, ...action }] = made.actions;
  assert.deepEqual(action, wanted.actions[0]);

  for (let i = 0; i < 24; i++) await exh.dispatchers.create({ eventType: `type_${i}`, actions: [] });
  const page = await exh.dispatchers.find();
  assert.deepEqual([page.page.total, page.data.length], [25, 20]);
  assert.equal((await exh.dispatchers.findAll()).length, 25);
  assert.deepEqual(await exh.dispatchers.findById(made.id), made);
  assert.deepEqual(await exh.dispatchers.findFirst({ rql: rqlBuilder().eq('name', 'cleaner').build() }), made);

  assert.deepEqual(await exh.dispatchers.update(made.id, { description: 'still cleans up' }), { affectedRecords: 1 });
  const added = await exh.dispatchers.actions.create(made.id, { type: 'task', functionName: 'record', data: { camelCase: 'z' } });
  assert.deepEqual([added.functionName, added.data], ['record', { camelCase: 'z' }]);
  assert.deepEqual(await exh.dispatchers.actions.update(made.id, added.id, { functionName: 'other' }), { affectedRecords: 1 });
  assert.deepEqual(await exh.dispatchers.actions.remove(made.id, actionId), { affectedRecords: 1 });
  const changed = await exh.dispatchers.findById(made.id);
  assert.equal(changed.description, 'still cleans up');
  assert.deepEqual(changed.actions.map(({ id, functionName }) => [id, functionName]), [[added.id, 'other']]);

  assert.deepEqual(await exh.dispatchers.remove(made.id), { affectedRecords: 1 });
  assert.equal(await exh.dispatchers.findById(made.id), undefined);
  await fails(exh.dispatchers.remove(made.id), 'ResourceUnknownError', 16);
  await fails(exh.dispatchers.create({ eventType: 'x', actions: [{ type: 'mail', templateId: made.id }] }), 'FieldFormatError', 15);
  await fails(exh.dispatchers.create({ actions: [] }), 'MissingRequiredFieldsError', 14);
});

test('an event that the official SDK creates runs the functions of its dispatchers', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ TaskFailedEvents: true });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const { functionName, data } = workspace.task({ key: 'triggered' });
  await exh.dispatchers.create({ eventType: 'user_deleted', actions: [{ type: 'task', functionName, data }] });
  await exh.dispatchers.create({
    eventType: 'task_failed', actions: [{ type: 'task', functionName, data: workspace.task({ key: 'repair' }).data }],
  });

  const event = await exh.events.create({ type: 'user_deleted', content: { userId: 5 } });
  assert.deepEqual(event.content, { userId: 5 });
  assert.ok(event.creationTimestamp instanceof Date);
  const kept = await exh.events.create({ type: 'kept', content: { camelCase: 1 } }, { normalizeEventContent: false });
  assert.deepEqual(kept.content, { camelCase: 1 });

  await workspace.untilInvoked(1);
  await server.untilAllEnded();
  const [task] = [...(await server.all()).values()];
  assert.equal(task.data.key, 'triggered');
  assert.deepEqual(task.data.event.content, { user_id: 5 });
  assert.equal(task.data.event.id, event.id);
  assert.deepEqual((await exh.events.findAll()).map(each => each.type).sort(), ['kept', 'user_deleted']);
  assert.equal((await exh.events.findFirst({ rql: rqlBuilder().eq('type', 'kept').build() })).id, kept.id);
  assert.equal((await exh.events.findById(event.id)).type, 'user_deleted');
  assert.equal(await exh.events.health(), true);

  await server.create({ functionName: 'there-is-no-such-function' });
  await until('its failure is handled', () => workspace.record().some(({ data }) => data.key === 'repair'));
  await server.untilAllEnded();
  assert.deepEqual(
    [...(await server.all()).values()].map(each => each.functionName).sort(),
    [functionName, functionName, 'there-is-no-such-function'].sort());
});

test('an event survives a kill of the server with all of its tasks, or with none', async t => {
  const workspace = new Workspace(t);
  const started = await workspace.start({ WorkerSlots: 1 });
  const exh = createOAuth2Client({ host: started.url, clientId: 'end-to-end' });
  const start = new Date(Date.now() + 86_400_000);
  const actions = Array.from({ length: 20 }, () => ({ type: 'task', functionName: 'record', startTimestamp: start }));
  await exh.dispatchers.create({ eventType: 'many', actions });
  const key = i => ({ method: 'POST', body: '{"type":"many"}', headers: { 'Idempotency-Key': `event ${i}` } });
  const raising = Array.from({ length: 200 }, (_, i) => fetch(`${started.url}/events/v1/`, key(i)).catch(() => undefined));
  await raising[0];
  await started.kill();
  const accepted = (await Promise.all(raising)).filter(answer => answer?.ok).length;

  const restarted = await workspace.start({ WorkerSlots: 1 });
  const again = createOAuth2Client({ host: restarted.url, clientId: 'end-to-end' });
  const before = (await again.events.find()).page.total;
  assert.ok(before >= accepted);
  assert.equal((await restarted.ask('GET', '/?limit(1)')).page.total, 20 * before);
  for (let i = 0; i < 200; i++) assert.equal((await fetch(`${restarted.url}/events/v1/`, key(i))).status, 200);
  assert.equal((await again.events.find()).page.total, 200);
  assert.equal((await restarted.ask('GET', '/?limit(1)')).page.total, 4_000);
});
