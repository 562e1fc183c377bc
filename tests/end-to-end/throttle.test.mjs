import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

test('a throttled function delays its own tasks only, and all complete in the end', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 4 });
  const throttled = await server.createMany(
    Array.from({ length: 20 }, () => workspace.task({ ms: 400 }, { functionName: 'throttled', priority: 10 })));
  const others = await server.createMany(Array.from({ length: 30 }, () => workspace.task()));

  await until(
    'the other tasks are complete',
    async () => (await server.ask('GET', '/?eq(functionName,record)&eq(status,complete)')).page.total === 30);
  const done = (await server.ask('GET', '/?eq(functionName,throttled)&eq(status,complete)')).page.total;
  assert.ok(done < 20, 'the other tasks waited until the throttled ones were done');

  await server.untilAllEnded({ within: 240_000 });
  const [tasks, invocations] = [await server.all(), workspace.invocations()];
  for (const { id } of [...throttled, ...others]) {
    assert.equal(tasks.get(id).status, 'complete');
    assert.equal(tasks.get(id).error, undefined);
    assert.equal(invocations.get(id).length, 1);
  }
  const starts = throttled.map(({ id }) => invocations.get(id)[0].at).sort((a, b) => a - b);
  for (let i = 1; i < starts.length; i++) assert.ok(starts[i] - starts[i - 1] >= 395, 'two ran at once');
});

test('a task that was throttled can be canceled while it waits', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 4 });
  const gate = workspace.gate();
  const holder = await server.create(workspace.task({ gate: gate.path }, { functionName: 'throttled' }));
  await workspace.untilInvoked(1);
  const waiting = await server.createMany(Array.from({ length: 5 }, () => workspace.task({}, { functionName: 'throttled' })));
  // Each is in progress for a moment at a time, and cannot be canceled then.
  for (const { id } of waiting) await until(`${id} is canceled`, async () => (await server.cancel(id)).status === 200);
  gate.open();
  await server.untilCount('complete', 1);
  for (const { id } of waiting) assert.equal((await server.get(id)).status, 'canceled');
  assert.deepEqual(workspace.record().map(line => line.id), [holder.id]);
});
