import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Cluster } from './harness/cluster.mjs';
import { inForm, isLong, tasks } from './harness/form.mjs';
import { scenario } from './harness/scenario.mjs';
import { errorQueues } from './harness/verdict.mjs';

const cluster = new Cluster({ WorkerSlots: 20 });
before(async () => {
  await cluster.start();
  await cluster.have(['api', 'dispatcher-1', 'worker-1', 'worker-2']);
});
after(() => cluster.stop());

test('RabbitMQ restarted again and again', async t => {
  const restarts = inForm(3, 20);
  // Functions that know nothing of the outage hold most slots for as long as it lasts; the other slots must go on taking tasks.
  const data = i => ({ ms: i < 30 ? restarts * 12_000 : (i * 37) % 200 });
  await scenario(t, cluster, { tasks, data, others: i => i < 30 ? { priority: 1 } : {}, within: 300_000 }, async load => {
    const faults = [];
    for (let i = 0; i < restarts; i++) {
      await load.untilMore(50);
      await cluster.servers('stop-rabbitmq');
      await cluster.servers('start-rabbitmq');
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});

test('RabbitMQ away for a minute', { skip: !isLong && 'only in the long form' }, async t => {
  await scenario(t, cluster, { tasks }, async load => {
    await load.untilMore(50);
    await cluster.servers('stop-rabbitmq');
    await setTimeout(60_000);
    await cluster.servers('start-rabbitmq');
    return [{ endedAt: Date.now() }];
  });
});

test('RabbitMQ deleted and built anew, empty', async t => {
  await scenario(t, cluster, { tasks, publishes: false }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(1, 5); i++) {
      await load.untilMore(50);
      assert.deepEqual(await errorQueues(cluster), []);
      await cluster.servers('reset-rabbitmq');
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});

test('every queue purged, again and again', async t => {
  await scenario(t, cluster, { tasks, publishes: false, rate: 150 }, async load => {
    const faults = [];
    for (let i = 0; i < inForm(5, 30); i++) {
      await load.untilMore(50);
      assert.deepEqual(await errorQueues(cluster), []);
      await cluster.purge();
      faults.push({ endedAt: Date.now() });
    }
    return faults;
  });
});
