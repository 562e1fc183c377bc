import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './harness/cluster.mjs';
import { inForm, tasks } from './harness/form.mjs';
import { scenario } from './harness/scenario.mjs';

const slots = 20;
const cluster = new Cluster({ WorkerLease: '00:00:05', WorkerSlots: slots });
before(() => cluster.start(), { timeout: 180_000 });
after(() => cluster.stop(), { timeout: 180_000 });

test('SIGKILL of a worker, again and again', { timeout: 600_000 }, async t => {
  const kills = inForm(3, 10);
  await cluster.have(['api', 'dispatcher-1', 'worker-1', 'worker-2']);
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
