import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client } from '@extrahorizon/javascript-sdk';
import { fails } from './harness/sdk.mjs';
import { forEach } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const priorities = [-9007199254740991, -1, 0, 1, 2, 255, 256, 9007199254740991, undefined];

test('the official SDK creates, cancels and finds tasks, and each ends as it must', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 12 });
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });

  const inputs = Array.from({ length: 300 }, (_, i) => input(i, workspace));
  const created = await forEach(inputs, 30, async (task, i) => {
    // The time is chosen late, so that it is ahead when the task arrives. Some tasks have none: they start at once.
    if (i % 5 !== 0) task.startTimestamp = new Date(Date.now() + (isToBeCanceled(i) ? 60_000 : (i * 37) % 5_000));
    return exh.tasks.create(task);
  });
  const canceled = created.filter((_, i) => isToBeCanceled(i));
  assert.equal(canceled.length, 20);
  for (const answer of await forEach(canceled, 5, task => exh.tasks.cancel(task.id))) assert.equal(answer.affectedRecords, 1);

  await server.untilAllEnded();
  const record = workspace.record();
  const invoked = workspace.invocations();
  const found = await forEach(created, 30, task => exh.tasks.findById(task.id));
  found.forEach((task, i) => {
    const [sent, begun] = [inputs[i], invoked.get(created[i].id) ?? []];
    assert.equal(task.id, created[i].id);
    assert.equal(task.functionName, 'record');
    assert.deepEqual(task.tags, sent.tags);
    assert.equal(task.priority, sent.priority ?? 0);
    assert.ok(task.startTimestamp instanceof Date);
    if (sent.startTimestamp) assert.equal(task.startTimestamp.getTime(), sent.startTimestamp.getTime());
    if (isToBeCanceled(i)) {
      assert.equal(task.status, 'canceled');
      assert.equal(begun.length, 0, `${task.id} was canceled, yet it ran`);
      return;
    }

    assert.equal(begun.length, 1, `${task.id} ran ${begun.length} times`);
    assert.ok(begun[0].at >= task.startTimestamp.getTime(), `${task.id} began at ${begun[0].at}, before ${task.startTimestamp.getTime()}`);
    assert.deepEqual(begun[0].data, sent.data);
    if (sent.data.fail) {
      assert.equal(task.status, 'failed');
      assert.deepEqual(task.error, { type: 'runtime', name: 'RangeError', message: sent.data.fail });
    } else {
      assert.equal(task.status, 'complete');
      assert.equal(task.error, undefined);
    }
  });
  assert.equal(record.length, 280);
});

test('the official SDK pages through tasks and throws typed errors', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start({ WorkerSlots: 2 });
  const exh = createOAuth2Client({ host: `${server.url}/`, clientId: 'end-to-end' });
  const later = new Date(Date.now() + 3_600_000);
  const created = await forEach(Array.from({ length: 135 }), 10, () => exh.tasks.create({ functionName: 'record', startTimestamp: later }));

  const page = await exh.tasks.find();
  assert.deepEqual([page.page.total, page.page.offset, page.page.limit, page.data.length], [135, 0, 20, 20]);
  assert.ok(page.data[0].creationTimestamp instanceof Date);
  const ids = new Set(created.map(task => task.id));
  assert.deepEqual(new Set((await exh.tasks.findAll()).map(task => task.id)), ids);
  const seen = [];
  const iterator = exh.tasks.findAllIterator();
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) seen.push(...(next.value?.data ?? []));
  assert.deepEqual([seen.length, new Set(seen.map(task => task.id))], [135, ids]);
  assert.equal(await exh.tasks.findById('0123456789abcdef01234567'), undefined);
  assert.ok((await exh.tasks.findFirst()).id);

  await exh.tasks.cancel(created[0].id);
  await fails(exh.tasks.cancel(created[0].id), 'IllegalStateError', 27);
  await fails(exh.tasks.cancel('0123456789abcdef01234567'), 'ResourceUnknownError', 16);
  await fails(exh.tasks.create({ data: {} }), 'MissingRequiredFieldsError', 14);
  await fails(exh.tasks.create({ functionName: 'record', priority: 1.5 }), 'FieldFormatError', 15);
  await fails(exh.tasks.logs.find(created[1].id), 'IllegalStateError', 27);
});

function isToBeCanceled(i) {
  return i % 15 === 7;
}

function input(i, workspace) {
  return {
    functionName: 'record',
    priority: priorities[i % priorities.length],
    tags: i % 4 === 0 ? [] : ['all', `n${i}`, 'Ünïcödé ✓', '予定'],
    data: {
      record: workspace.recordFile,
      ...(i % 7 === 3 ? { fail: `on purpose ${i} – ❌` } : {}),
      number: i,
      camelCase: {
        snake_case: { 'kebab-case': ['ä', '日本語', '🙂👩‍👩‍👧', '\u2028\u2029', '"\\/\b\f\n\r\t', { deep: [[[i]]] }] },
      },
      'ключ 🔑': null,
      negative: -(i + 1) / 7,
      empty: [{}, [], '', 0, false, null],
      text: '𝒳'.repeat(i),
    },
  };
}
