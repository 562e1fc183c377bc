import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOAuth2Client, rqlBuilder } from '@extrahorizon/javascript-sdk';
import { forEach } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

test('the official SDK finds tasks with every operator of its query builder', async t => {
  const workspace = new Workspace(t);
  const server = await workspace.start();
  const exh = createOAuth2Client({ host: server.url, clientId: 'end-to-end' });
  const startTimestamp = new Date(Date.now() + 3_600_000);
  const tasks = [
    { priority: -5, tags: ['red', 'a,b(c)'], data: { n: -1.5, name: 'Ann & "Bob"', list: [{ x: 1, y: 'p' }, { x: 9, y: 'q' }] } },
    { priority: 0, tags: ['green'], data: { n: 12, name: '50%_\\ ünï 🙂', list: [{ x: 1, y: 'q' }], 'a.b': true } },
    { priority: 7, tags: [], data: { n: '12', name: null } },
  ];
  const ids = (await forEach(tasks, 1, task => exh.tasks.create({ functionName: 'record', startTimestamp, ...task }))).map(task => task.id);
  const rql = () => rqlBuilder();

  for (const [query, expected] of [
    [rql().eq('priority', '-5'), [0]],
    [rql().ne('priority', '-5'), [2, 1]],
    [rql().lt('priority', '0'), [0]],
    [rql().le('priority', '0'), [1, 0]],
    [rql().gt('data.n', '-2'), [1, 0]],
    [rql().ge('data.n', '12'), [1]],
    [rql().eq('data.name', 'Ann & "Bob"'), [0]],
    [rql().eq('data.name', '50%_\\ ünï 🙂'), [1]],
    [rql().like('data.name', '%_'), [1]],
    [rql().like('tags', ',b('), [0]],
    [rql().in('tags', ['red', 'green']), [1, 0]],
    [rql().out('tags', ['red', 'nothing']), [2, 1]],
    [rql().in('id', [ids[0], ids[2]]), [2, 0]],
    [rql().contains('data.list'), [1, 0]],
    [rql().excludes('data.list'), [2]],
    [rql().contains('data.list', rql().eq('x', '1').intermediate(), rql().eq('y', 'q').intermediate()), [1]],
    [rql().excludes('data.list', rql().gt('x', '5').intermediate()), [2, 1]],
    [rql().or(
      rql().eq('priority', '7').intermediate(),
      rql().and(rql().eq('data.n', '12').intermediate(), rql().eq('tags', 'green').intermediate()).intermediate()), [2, 1]],
    [rql().ge('startTimestamp', startTimestamp.toISOString()).sort('priority'), [0, 1, 2]],
    [rql().eq('startTimestamp', startTimestamp.toISOString()).sort(['-data.n', 'id']), [2, 1, 0]],
    [rql().sort('-priority').limit(1, 1), [1]],
  ]) {
    const found = await exh.tasks.find({ rql: query.build() });
    assert.deepEqual(found.data.map(task => ids.indexOf(task.id)), expected, query.build());
  }

  const selected = await exh.tasks.find({ rql: rql().eq('priority', '0').select(['id', 'data.list.y']).skipCount().build() });
  assert.deepEqual(selected.data, [{ id: ids[1], data: { list: [{ y: 'q' }] } }]);
  assert.deepEqual(selected.page, { offset: 0, limit: 20 });
  assert.equal((await exh.tasks.findFirst({ rql: rql().sort('-priority').build() })).id, ids[2]);
  await assert.rejects(exh.tasks.find({ rql: '?sort(nothing)' }), error => (error.exhError?.code ?? error.response?.code) === 19);
});
