import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client } from '@extrahorizon/javascript-sdk';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

/** The SDK makes an error of its own class for each code. */
async function fails(call, type, code) {
  await assert.rejects(call, error => {
    assert.deepEqual([error.constructor.name, error.response.code], [type, code], error.message);
    return true;
  });
}

test('the official SDK makes schedules, finds them and removes them', async t => {
  const server = await new Workspace(t).start({ WorkerSlots: 2 });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const startTimestamp = new Date(Date.now() + 3_600_000);
  const wanted = {
    interval: 86_400, functionName: 'record', data: { camelCase: [{ snake_case: 'ü' }] }, priority: -9007199254740991, startTimestamp,
  };

  const made = await exh.tasks.schedules.create(wanted);
  assert.match(made.id, /^[0-9a-f]{24}$/);
  for (const [name, value] of Object.entries(wanted)) assert.deepEqual(made[name], value);
  assert.deepEqual(made.nextTimestamp, startTimestamp);
  assert.ok(made.creationTimestamp instanceof Date && made.updateTimestamp instanceof Date);

  const others = [];
  for (let i = 0; i < 64; i++) others.push(await exh.tasks.schedules.create({ interval: 60 + i, functionName: 'record', startTimestamp }));
  const page = await exh.tasks.schedules.find();
  assert.deepEqual([page.page.total, page.page.offset, page.page.limit, page.data.length], [65, 0, 20, 20]);
  assert.equal(page.data[0].id, others.at(-1).id);
  assert.equal((await page.next()).data[0].id, others.at(-21).id);
  assert.deepEqual(
    (await exh.tasks.schedules.findAll()).map(schedule => schedule.id).sort(), [made, ...others].map(schedule => schedule.id).sort());
  const iterator = exh.tasks.schedules.findAllIterator();
  let iterated = 0;
  for (let next = await iterator.next(); next.value.data; next = await iterator.next()) iterated += next.value.data.length;
  assert.equal(iterated, 65);
  assert.equal((await exh.tasks.schedules.findFirst()).id, others.at(-1).id);

  assert.deepEqual(await exh.tasks.schedules.remove(made.id), { affectedRecords: 1 });
  assert.deepEqual(await exh.tasks.schedules.delete(others[0].id), { affectedRecords: 1 });
  assert.equal((await exh.tasks.schedules.find()).page.total, 63);
  await fails(exh.tasks.schedules.remove(made.id), 'ResourceUnknownError', 16);
  await fails(exh.tasks.schedules.create({ functionName: 'record' }), 'MissingRequiredFieldsError', 14);
  await fails(exh.tasks.schedules.create({ functionName: 'record', interval: 0 }), 'FieldFormatError', 15);
  assert.equal(await server.count('new'), 0);
});

test('a schedule goes on where it was when the server is killed, '
  + 'and catches up with one task when it was down for long', async t => {
  const workspace = new Workspace(t);
  const started = await workspace.start();
  const exh = createOAuth2Client({ host: started.url, clientId: 'end-to-end' });
  const [second, other] = [workspace.task({ key: 'second' }), workspace.task({ key: 'down' })];
  const every = await exh.tasks.schedules.create({ ...second, interval: 1 });
  await workspace.untilInvoked(3);
  await started.kill();
  // Back within the patience: no tick is missed.
  const restarted = await workspace.start();
  await workspace.untilInvoked(8);
  const again = createOAuth2Client({ host: restarted.url, clientId: 'end-to-end' });
  await again.tasks.schedules.remove(every.id);
  await restarted.untilAllEnded();
  const tasks = [...(await restarted.all()).values()].sort((a, b) => a.startTimestamp < b.startTimestamp ? -1 : 1);
  tasks.forEach((task, i) => assert.equal(Date.parse(task.startTimestamp), every.startTimestamp.getTime() + 1_000 * i));

  // Down for 30 of its intervals, which is longer than the patience.
  const { id } = await again.tasks.schedules.create({ ...other, interval: 1 });
  await until('it has ticked', () => workspace.record().some(({ data }) => data.key === 'down'));
  await again.tasks.schedules.find();
  await restarted.signal('SIGTERM');
  const before = workspace.record().length;
  await new Promise(done => setTimeout(done, 30_000));
  const back = await workspace.start();
  await workspace.untilInvoked(before + 1);
  await back.ask('DELETE', `/schedules/${id}`);
  await back.untilAllEnded();
  const made = [...(await back.all()).values()].filter(task => task.data.key === 'down')
    .map(task => Date.parse(task.startTimestamp)).sort((a, b) => a - b);
  const gaps = made.slice(1).map((at, i) => at - made[i]);
  assert.equal(gaps.filter(gap => gap !== 1_000).length, 1, `one gap only, where it was down: ${gaps}`);
  assert.ok(Math.max(...gaps) >= 29_000, `the missed ticks were made up for by one: ${gaps}`);
});
