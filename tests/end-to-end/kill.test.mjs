import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descendants, isAlive } from './harness/processes.mjs';
import { freePort } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const zombie = { type: 'runtime', name: 'zombieTaskCleaned' };

test('after SIGKILL new tasks run, running ones fail, and none runs twice', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  const settings = { WorkerSlots: 20, WorkerLease: '00:00:05' };
  const server = await workspace.start(settings, { port });
  const gate = workspace.gate();
  const running = await server.createMany(Array.from({ length: 20 }, () => workspace.task({ gate: gate.path })));
  await workspace.untilInvoked(20);
  const soon = new Date(Date.now() + 4_000).toISOString();
  const waiting = await server.createMany(
    Array.from({ length: 200 }, (_, i) => workspace.task({ i }, { startTimestamp: soon, priority: i % 3 })));
  assert.deepEqual(await server.counts(), { new: 200, inProgress: 20, complete: 0, failed: 0, canceled: 0, retried: 0 });
  const children = descendants(server.pid);
  assert.ok(children.length >= 20, `only ${children.length} processes ran functions`);

  await server.kill();
  const again = workspace.launch(settings, { port });
  await until('the processes of the killed server are gone', () => !children.some(isAlive));
  await again.untilReady();
  await again.untilAllEnded();

  const tasks = await again.all();
  assert.equal(tasks.size, 220);
  for (const { id } of running) {
    const { status, error } = tasks.get(id);
    assert.deepEqual({ status, type: error?.type, name: error?.name }, { status: 'failed', ...zombie });
  }
  for (const { id } of waiting) assert.equal(tasks.get(id).status, 'complete');
  const invocations = workspace.invocations();
  assert.equal(invocations.size, 220);
  for (const [id, lines] of invocations) assert.equal(lines.length, 1, `${id} ran ${lines.length} times`);
});

test('SIGKILL in the midst of the work, again and again, loses no task and runs none twice', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  const settings = { WorkerSlots: 6, WorkerLease: '00:00:05' };
  let server = await workspace.start(settings, { port });
  const created = await server.createMany(Array.from({ length: 300 }, (_, i) => workspace.task({ ms: i % 40 })));
  for (const number of [40, 120, 200]) {
    await workspace.untilInvoked(number);
    await server.kill();
    server = await workspace.start(settings, { port });
  }
  await server.untilAllEnded();

  const [tasks, invocations] = [await server.all(), workspace.invocations()];
  let failed = 0;
  for (const { id } of created) {
    const { status, error } = tasks.get(id);
    const times = invocations.get(id)?.length ?? 0;
    if (status === 'failed') {
      failed++;
      assert.equal(error.name, 'zombieTaskCleaned');
      assert.ok(times <= 1, `${id} ran ${times} times`);
    } else {
      assert.equal(status, 'complete');
      assert.equal(times, 1, `${id} ran ${times} times`);
    }
  }
  assert.ok(failed <= 3 * settings.WorkerSlots, `${failed} tasks failed, more than ran at the kills`);
});
