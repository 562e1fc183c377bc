import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cluster } from './harness/cluster.mjs';
import { inForm, tasks } from './harness/form.mjs';
import { Network } from './harness/proxy.mjs';
import { random } from './harness/random.mjs';
import { scenario } from './harness/scenario.mjs';
import { until } from '../end-to-end/harness/wait.mjs';

const slots = 20;
const members = ['api', 'dispatcher-1', 'worker-1', 'worker-2'];
const cluster = new Cluster({ WorkerLease: '00:00:05', WorkerSlots: slots });
before(async () => {
  await cluster.start();
  await cluster.have(members);
});
after(() => cluster.stop());

test('PostgreSQL restarted as after a crash, again and again', async t => {
  await cluster.have(members);
  await scenario(t, cluster, { tasks }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(2, 10); i++) {
      await load.untilMore(50);
      await cluster.servers('stop-postgresql', 'immediate');
      await cluster.servers('start-postgresql');
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});

test('every session of PostgreSQL ended, again and again', async t => {
  await cluster.have(members);
  await scenario(t, cluster, { tasks }, async load => {
    const end = Date.now() + inForm(10_000, 60_000);
    let times = 0;
    for (; Date.now() < end; times++) {
      await cluster.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tasksbus'`);
      await setTimeout(300 + 700 * random());
    }
    t.diagnostic(`sessions were ended ${times} times`);
    await load.untilMore(50);
    return [{ endedAt: Date.now() }];
  });
});

test('PostgreSQL away for long: functions that end meanwhile are complete', async t => {
  await cluster.have(members);
  const outage = inForm(20_000, 120_000);
  // Some functions end while the database is away, and some run until long after.
  const data = i => ({ ms: i < 10 ? outage / 2 : i < 20 ? outage + 10_000 : i % 100 });
  const { load } = await scenario(t, cluster, { tasks, data, others: i => i < 20 ? { priority: 1 } : {} }, async load => {
    const lines = () => members.map(name => cluster.member(name).output.split('\n').length);
    const before = lines();
    await cluster.servers('stop-postgresql', 'immediate');
    await setTimeout(outage);
    const during = lines().map((count, i) => count - before[i]);
    await cluster.servers('start-postgresql');
    t.diagnostic(`lines that the members logged meanwhile: ${during}`);
    assert.ok(during.every(count => count <= inForm(10, 12)), `logs flooded: ${during}`);
    await until(
      'each member has told the end of the outage',
      () => members.every(name => cluster.member(name).output.slice(-20_000).includes('The database is back')));
    return [{ endedAt: Date.now() }];
  });
  const long = await cluster.sql(`select distinct f.status from tasks t join finished_tasks f on f.number = t.number
    where t.data->>'key' in (${Array.from({ length: 20 }, (_, i) => `'${load.name}-${i}'`).join()})`);
  assert.deepEqual(long, [['complete']]);
});

test('the network between a worker and PostgreSQL cut', async t => {
  const network = new Network();
  const connection = cluster.connection('tasksbus');
  await network.start(Number(/Port=(\d+)/.exec(connection)[1]));
  t.after(() => network.stop());
  await cluster.have(members.filter(name => name !== 'worker-1'));
  await cluster.launch('worker-1', {}, { ConnectionStrings__tasksbus: connection.replace(/Port=\d+/, `Port=${network.port}`) });
  const cuts = inForm(1, 5);
  await scenario(t, cluster, { tasks, zombies: cuts * slots }, async load => {
    const faults = [];
    for (let i = 0; i < cuts; i++) {
      await load.untilMore(100);
      network.cut();
      await setTimeout(inForm(12_000, 30_000));
      network.mend();
      faults.push({ endedAt: Date.now() });
      const before = cluster.recorder.invocations.length;
      await load.untilMore(1);
      // It takes part again.
      while (!cluster.recorder.invocations.slice(before).some(invocation => invocation.worker === 'worker-1'))
        await load.untilMore(1);
      t.diagnostic(`the worker invoked again after, ms: ${Date.now() - faults.at(-1).endedAt}`);
    }
    return faults;
  });
});
