import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from './harness/workspace.mjs';

const priorities = [
  -9007199254740991, -9007199254740990, -256, -1, 0, undefined, 1, 2, 9, 10, 255, 256, 65536, 9007199254740990, 9007199254740991];

test('tasks start by priority, then start time, then the order of their creation', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const gate = workspace.gate();
  const busy = await server.create(workspace.task({ gate: gate.path }));
  await workspace.untilInvoked(1);

  const now = Date.now();
  const inputs = Array.from({ length: 200 }, (_, i) => workspace.task({ i }, {
    priority: priorities[(i * 7) % priorities.length],
    // Few different times, so that many are equal; some have none.
    startTimestamp: i % 4 === 3 ? undefined : new Date(now - ((i * 13) % 5) * 60_000).toISOString(),
  }));
  const created = await server.createMany(inputs.slice(0, 120));
  for (const input of inputs.slice(120)) created.push(await server.create(input));
  assert.equal(workspace.record().length, 1);

  gate.open();
  await server.untilCount('complete', 201);
  const expected = created
    .map((task, i) => ({ i, priority: task.priority, start: Date.parse(task.startTimestamp) }))
    .sort((a, b) => b.priority - a.priority || a.start - b.start || a.i - b.i);
  const [first, ...others] = workspace.record();
  assert.equal(first.id, busy.id);
  assert.deepEqual(others.map(line => line.data.i), expected.map(task => task.i));
});

test('an urgent task is next, however many wait', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const gate = workspace.gate();
  // The tenth holds the slot, so that it is certain which comes next.
  const low = await server.createMany(
    Array.from({ length: 100 }, (_, i) => workspace.task(i === 9 ? { gate: gate.path } : {}, { priority: -5 })));
  await workspace.untilInvoked(10);
  const urgent = await server.create(workspace.task({}, { priority: 1 }));
  gate.open();
  await server.untilCount('complete', 101);
  const ids = low.map(task => task.id);
  assert.deepEqual(workspace.record().map(line => line.id), [...ids.slice(0, 10), urgent.id, ...ids.slice(10)]);
});

test('a task with a higher priority that is not due yet holds nobody up', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const later = await server.create(workspace.task({}, { priority: 100, startTimestamp: new Date(Date.now() + 3_600_000).toISOString() }));
  await server.createMany(Array.from({ length: 20 }, () => workspace.task()));
  await server.untilCount('complete', 20);
  assert.equal((await server.get(later.id)).status, 'new');
});
