import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descendants, isAlive } from './harness/processes.mjs';
import { freePort } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} waits for running tasks and starts no others`, async t => {
    const workspace = new Workspace(t);
    const port = await freePort();
    const server = await workspace.start({ WorkerSlots: 4 }, { port });
    const running = await server.createMany(Array.from({ length: 4 }, () => workspace.task({ ms: 2_000 })));
    const waiting = await server.createMany(Array.from({ length: 10 }, () => workspace.task()));
    await workspace.untilInvoked(4);
    const children = descendants(server.pid);

    const { code } = await server.signal(signal);
    assert.equal(code, 0, server.output);
    assert.deepEqual(new Set(workspace.record().map(line => line.id)), new Set(running.map(task => task.id)));
    await until('the processes of the functions are gone', () => !children.some(isAlive));

    const again = await workspace.start({ WorkerSlots: 4 }, { port });
    for (const { id } of running) assert.equal((await again.get(id)).status, 'complete');
    await again.untilCount('complete', 14);
    const invocations = workspace.invocations();
    for (const { id } of [...running, ...waiting]) assert.equal(invocations.get(id)?.length, 1);
  });
}

test('SIGTERM to an idle server ends it at once', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start();
  await server.create(workspace.task());
  await server.untilCount('complete', 1);
  const begin = performance.now();
  const { code } = await server.signal('SIGTERM');
  assert.equal(code, 0, server.output);
  assert.ok(performance.now() - begin < 10_000, `it took ${performance.now() - begin} ms`);
});

test('tasks that fell due while no server ran start with the next', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const due = Date.now() + 2_000;
  await server.createMany(Array.from({ length: 20 }, () => workspace.task({}, { startTimestamp: new Date(due).toISOString() })));
  await server.signal('SIGTERM');
  await until('the tasks are due', () => Date.now() > due);
  await workspace.start({ WorkerSlots: 4 });
  await workspace.untilInvoked(20);
});

test('a task that outlasts the drain time-out fails once, and never runs again', async t => {
  const workspace = new Workspace(t);
  const port = await freePort();
  const settings = { WorkerSlots: 2, DrainTimeout: '00:00:01', WorkerLease: '00:00:05' };
  const server = await workspace.start(settings, { port });
  const { id } = await server.create(workspace.task({ gate: workspace.gate().path }));
  await workspace.untilInvoked(1);
  const { code } = await server.signal('SIGTERM');
  assert.equal(code, 0, server.output);

  const again = await workspace.start(settings, { port });
  await again.untilCount('failed', 1);
  assert.equal((await again.get(id)).error.type, 'runtime');
  assert.equal(workspace.record().length, 1);
});
