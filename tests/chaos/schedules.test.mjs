import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';

const seconds = inForm(30, 120);
const names = ['node-1', 'node-2', 'node-3'];
const cluster = new Cluster({ Roles: 'api,dispatcher,worker', WorkerLease: '00:00:05', WorkerSlots: 10 });
before(() => cluster.start());
after(() => cluster.stop());

test('a schedule every second on three nodes, '
  + 'of which the leading one is killed twice', async t => {
  await cluster.have(names);
  const schedule = (key, member) => cluster.member(member).ask('POST', '/schedules', {
    functionName: 'record', interval: 1, data: { key }, ...(key === 'skipping' ? { overlap: 'skip' } : {}),
  });
  const [{ id, startTimestamp }, other] = await Promise.all(['every', 'skipping'].map((key, i) => schedule(key, names[i])));
  const ticks = async () => (await cluster.sql(`select t.start_at / 1000 from tasks t where t.data->>'key' = 'every' order by t.start_at`))
    .map(([at]) => Number(at));
  // Both made elsewhere than on the leader, or one of them: it is told, for else it looks every 15 seconds only.
  const firsts = () => cluster.sql(`select min(t.created_at - t.start_at) / 1000 from tasks t group by t.data->>'key'`);
  await until('both have ticked', async () => (await firsts()).length === 2);
  for (const [late] of await firsts()) assert.ok(Number(late) < 5_000, `the first tick was made ${late} ms late`);
  const took = [];
  for (const part of [1 / 3, 2 / 3]) {
    await until(`${part} of the time has passed`, () => Date.now() > Date.parse(startTimestamp) + part * seconds * 1_000);
    const leader = await cluster.leader();
    await leader.kill();
    const [killedAt, count] = [Date.now(), (await ticks()).length];
    await until('ticks go on', async () => (await ticks()).length > count);
    took.push(Date.now() - killedAt);
    await cluster.launch(leader.name);
  }
  const end = Date.parse(startTimestamp) + (seconds - 1) * 1_000;
  await until('the last tick is made', async () => (await ticks()).at(-1) >= end);
  for (const each of [id, other.id]) await cluster.member(names[0]).ask('DELETE', `/schedules/${each}`);

  const made = await ticks();
  assert.deepEqual(made, made.map((_, i) => Date.parse(startTimestamp) + i * 1_000), 'each tick has one task, and none is left out');
  assert.ok(made.length >= seconds);
  await until(
    'every task has ended',
    async () => (await cluster.sql('select 1 from waiting_tasks union all select 1 from running_tasks limit 1')).length === 0);
  const states = new Map(
    await cluster.sql(`select f.status || coalesce(' ' || f.error_name, ''), count(*) from finished_tasks f group by 1`));
  assert.deepEqual([...states.keys()].filter(state => !['complete', 'failed zombieTaskCleaned'].includes(state)), []);
  const invoked = cluster.recorder.invocations.map(({ id: task }) => task);
  assert.equal(new Set(invoked).size, invoked.length, 'no task was invoked twice');
  const skipping = await cluster.sql(`select count(*), count(distinct t.start_at) from tasks t where t.data->>'key' = 'skipping'`);
  assert.equal(skipping[0][0], skipping[0][1]);
  t.diagnostic(`${made.length} ticks, ${made.length} tasks; next tick after a kill, ms: ${took.join(' ')}; `
    + `${[...states].map(([state, number]) => `${state}: ${number}`).join(', ')}`);
});
