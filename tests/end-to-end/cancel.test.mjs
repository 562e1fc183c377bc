import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from './harness/workspace.mjs';

test('a thousand cancels race against the work: each task is canceled or runs, never both', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const created = await server.createMany(Array.from({ length: 1_000 }, () => workspace.task()));
  const answers = await Promise.all(created.map(({ id }) => server.cancel(id)));
  await server.untilAllEnded();

  const [tasks, invocations] = [await server.all(), workspace.invocations()];
  let canceled = 0;
  created.forEach(({ id }, i) => {
    const [{ status, json, text }, times] = [answers[i], invocations.get(id)?.length ?? 0];
    if (status === 200) {
      canceled++;
      assert.deepEqual(json, { affectedRecords: 1 });
      assert.equal(tasks.get(id).status, 'canceled');
      assert.equal(times, 0, `${id} was canceled, yet it ran`);
    } else {
      assert.deepEqual([status, json?.code], [400, 27], text);
      assert.equal(tasks.get(id).status, 'complete');
      assert.equal(times, 1, `${id} ran ${times} times`);
    }
  });
  t.diagnostic(`${canceled} were canceled, ${1_000 - canceled} ran`);
});

test('of many cancels of one task only one succeeds', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 1 });
  const { id } = await server.create(workspace.task({}, { startTimestamp: new Date(Date.now() + 3_600_000).toISOString() }));
  const answers = await Promise.all(Array.from({ length: 50 }, () => server.cancel(id)));
  assert.equal(answers.filter(answer => answer.status === 200).length, 1);
  assert.equal(answers.filter(answer => answer.status === 400 && answer.json.code === 27).length, 49);
});
