import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';

const count = inForm(4_000, 40_000);
const names = ['node-1', 'node-2', 'node-3'];
const cluster = new Cluster({ Roles: 'api,dispatcher,worker', WorkerLease: '00:00:05', WorkerSlots: 20 });
before(() => cluster.start());
after(() => cluster.stop());

/** Makes a bulk operation, and kills whoever leads while it is carried out. */
async function underKills(wanted) {
  const { id } = await cluster.member(names[0]).ask('POST', '/bulk', wanted);
  const [[upTo]] = await cluster.sql(`select up_to from bulk_operations order by created_at desc limit 1`);
  let kills = 0;
  for (const part of [0.2, 0.5]) {
    await until(`${part} is done`, async () =>
      Number((await cluster.sql(`select reached from bulk_operations order by created_at desc limit 1`))[0][0]) >= part * Number(upTo),
    { every: 5 });
    const leader = await cluster.leader();
    await leader.kill();
    const [[status]] = await cluster.sql(`select status from bulk_operations order by created_at desc limit 1`);
    kills += status === 'inProgress' ? 1 : 0;
    await cluster.launch(leader.name);
  }
  const operation = () => cluster.member(names[0]).ask('GET', `/bulk/${id}`);
  await until('the operation is complete', async () => (await operation()).status === 'complete');
  return { ...await operation(), kills };
}

test('of many tasks that are canceled and then rerun none is left out or made twice, whoever leads is killed', async t => {
  await cluster.have(names);
  await cluster.member(names[0]).createMany(Array.from({ length: count }, (_, i) => ({
    functionName: 'record', data: { key: `bulk-${i}` }, startTimestamp: '2999-01-01T00:00:00Z',
  })));

  const canceled = await underKills({ action: 'cancel', query: 'eq(status,new)' });
  assert.deepEqual(await cluster.sql('select f.status, count(*) from finished_tasks f group by 1'), [['canceled', `${count}`]]);
  // Of a step that a kill cut short it is not counted what it canceled.
  assert.ok(canceled.affected <= count && canceled.affected >= count - 500 * canceled.kills, `${canceled.affected} are counted`);

  const rerun = await underKills({ action: 'rerun', query: 'eq(status,canceled)' });
  assert.equal(rerun.affected, count);
  await until('every task has ended', async () =>
    (await cluster.sql('select 1 from waiting_tasks union all select 1 from running_tasks limit 1')).length === 0);
  assert.deepEqual(
    await cluster.sql(`select count(*), count(distinct t.data->>'key') from tasks t join finished_tasks f using (number) `
      + `where f.status <> 'canceled'`), [[`${count}`, `${count}`]]);
  const invoked = cluster.recorder.invocations.map(({ id }) => id);
  assert.equal(new Set(invoked).size, invoked.length, 'no task was invoked twice');
  assert.ok(canceled.kills + rerun.kills > 0, 'somebody was killed in the midst of it');
  t.diagnostic(`${count} tasks; killed while in progress: ${canceled.kills} and ${rerun.kills} times; `
    + `canceled by the count: ${canceled.affected}`);
});
