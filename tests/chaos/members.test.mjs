import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm, tasks } from './harness/form.mjs';
import { random } from './harness/random.mjs';
import { scenario } from './harness/scenario.mjs';

const slots = 20;
const lease = 5_000;
/** The leader's lease, and the time in which another asks for it and finds it. */
const takeOver = 8_000 + 7_000;
const cluster = new Cluster({ WorkerLease: '00:00:05', WorkerSlots: slots });
before(() => cluster.start());
after(() => cluster.stop());

test('SIGKILL of a worker', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2']);
  const kills = inForm(2, 10);
  await scenario(t, cluster, { tasks, zombies: kills * slots }, async load => {
    const faults = [];
    for (let i = 0; i < kills; i++) {
      await load.untilMore(100);
      const name = `worker-${i % 2 + 1}`;
      await cluster.member(name).kill();
      faults.push({ endedAt: Date.now() });
      await cluster.launch(name);
    }
    return faults;
  });
});

test('SIGKILL of the leading dispatcher', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2']);
  const took = [];
  await scenario(t, cluster, { tasks }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(1, 10); i++) {
      await load.untilMore(100);
      const leader = await cluster.leader();
      await leader.kill();
      const killedAt = Date.now();
      faults.push({ endedAt: killedAt });
      assert.notEqual(await cluster.leader(), leader);
      took.push(Date.now() - killedAt);
      await cluster.launch(leader.name);
    }
    return faults;
  });
  t.diagnostic(`another dispatcher led after, ms: ${took.join(' ')}`);
  assert.ok(Math.max(...took) < takeOver, 'the standby took over too late');
});

test('SIGKILL of the API between the acceptance of tasks and the answers', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2']);
  await scenario(t, cluster, { tasks, clients: 8, data: i => ({ ms: i % 10 }) }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(2, 10); i++) {
      await load.untilMore(100);
      await setTimeout(50 * random());
      await cluster.api.kill();
      await cluster.launch('api');
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});

test('a worker frozen for longer than its lease, at any moment', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2', 'worker-3']);
  const freezes = inForm(2, 15);
  // Short functions, so that most of a worker's time is between claims and invocations. A worker that is frozen in the instant between its
  // last look at the lease and the write to the socket sends late (ops/docs/invariants/at-most-once.md): one invocation each time. One
  // that did not look would send all that it had claimed.
  const options = { tasks, rate: 120, data: i => ({ ms: i % 10 }), zombies: freezes * 2 * slots, sentLate: freezes * 2 };
  await scenario(t, cluster, options, async load => {
    const faults = [];
    for (let i = 0; i < freezes; i++) {
      await load.untilMore(100);
      const frozen = ['worker-1', 'worker-2'].map(name => cluster.member(name));
      for (const worker of frozen) {
        await setTimeout(20 * random());
        worker.freeze();
      }
      await setTimeout(lease + 3_000);
      frozen.forEach(worker => worker.thaw());
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});

test('a worker frozen in the midst of invocations, which end while it is frozen', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2']);
  const held = 20;
  const { recorder } = cluster;
  const isHeld = key => Number(key.split('-').at(-1)) < held;
  let lost;
  const finished = () => cluster.sql(`select f.status, f.error_name from tasks t join finished_tasks f on f.number = t.number
    where t.data->>'key' in (${lost.map(key => `'${key}'`).join()})`);
  const { load } = await scenario(t, cluster, {
    tasks, data: i => i < held ? { hold: true } : { ms: i % 50 }, others: i => i < held ? { priority: 1 } : {}, zombies: slots,
  }, async load => {
    await until('the functions that are held run', () => [...recorder.byKey(load).keys()].filter(isHeld).length === held);
    const worker = cluster.member('worker-1');
    worker.freeze();
    lost = [...recorder.byKey(load)].filter(([, [invocation]]) => invocation.worker === worker.name && invocation.endedAt === null)
      .map(([key]) => key).filter(isHeld);
    assert.ok(lost.length > 0, 'no function was held on the worker that was frozen');
    await setTimeout(1_000);
    recorder.letGo();
    // A leader that found nothing running looks every five seconds, and then watches the worker for its lease.
    await until('the tasks of the frozen worker have failed', async () => (await finished()).length === lost.length);
    worker.thaw();
    return [{ endedAt: Date.now() }];
  });
  assert.deepEqual(await finished(), lost.map(() => ['failed', 'zombieTaskCleaned']), `${load.name}: late reports must change nothing`);
});

test('the leading dispatcher frozen for longer than its lease', async t => {
  await cluster.have(['api', 'dispatcher-1', 'dispatcher-2', 'worker-1', 'worker-2']);
  const took = [];
  await scenario(t, cluster, { tasks }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(1, 5); i++) {
      await load.untilMore(100);
      const leader = await cluster.leader();
      const frozenAt = leader.freeze();
      faults.push({ endedAt: frozenAt });
      await until('another dispatcher leads', async () => await cluster.leader() !== leader);
      took.push(Date.now() - frozenAt);
      // The two go on side by side.
      await load.untilMore(50);
      leader.thaw();
      await load.untilMore(50);
    }
    return faults;
  });
  t.diagnostic(`another dispatcher led after, ms: ${took.join(' ')}`);
  assert.ok(Math.max(...took) < takeOver, 'the standby took over too late');
});
