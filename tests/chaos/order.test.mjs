import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';
import { Load } from './harness/load.mjs';
import { judge, say } from './harness/verdict.mjs';

const cluster = new Cluster();
before(async () => {
  await cluster.start();
  await cluster.have(['api', 'dispatcher-1']);
}, { timeout: 240_000 });
after(() => cluster.stop(), { timeout: 180_000 });

const workers = number => Array.from({ length: number }, (_, i) => `worker-${i + 1}`);
const highest = 9_007_199_254_740_991;
const anyPriority = () => Math.round((2 * Math.random() - 1) * highest);

/** How far each start was from its place in the exact order: the most that one was early, and late. */
async function distances(load) {
  const exact = await cluster.sql(`select data->>'key' from tasks where data->>'key' like '${load.name}-%' order by priority desc, start_at, number`);
  const places = new Map(exact.map(([key], place) => [key, place]));
  const starts = [...cluster.recorder.byKey(load).keys()];
  assert.equal(starts.length, exact.length);
  return starts.reduce((most, key, i) => {
    const distance = i - places.get(key);
    return { early: Math.max(most.early, -distance), late: Math.max(most.late, distance) };
  }, { early: 0, late: 0 });
}

async function inOrder(t, name, others, start) {
  const tasks = inForm(2_000, 5_000);
  const load = new Load(cluster, name, { publishes: false, data: i => ({ ms: i % 10 }), others });
  await load.scheduleAll(tasks);
  await start();
  const result = await judge(cluster, load);
  const { early, late } = await distances(load);
  say(t, { ...result, 'early by at most': early, 'late by at most': late });
  // What is released and not started yet is never more than the slots.
  assert.ok(early < 4, `a task started ${early} places early`);
  assert.ok(late <= 4, `a task started ${late} places late`);
}

test('four workers of one slot each start what has waited for them in exact order', { timeout: 300_000 }, async t => {
  const start = Date.now() - 3_600_000;
  const others = i => ({ priority: i % 3 === 0 ? i % 7 - 3 : anyPriority(), startTimestamp: new Date(start + (i % 5) * 60_000).toISOString() });
  await inOrder(t, 'waited', others, () => cluster.have(['api', 'dispatcher-1', ...workers(4)], { WorkerSlots: 1 }));
});

test('four workers of one slot each start what falls due at one moment in exact order', { timeout: 300_000 }, async t => {
  const startTimestamp = new Date(Date.now() + 10_000).toISOString();
  await inOrder(t, 'due', () => ({ priority: anyPriority(), startTimestamp }), () => assert.ok(Date.now() < Date.parse(startTimestamp), 'scheduling took too long'));
});

test('throughput grows with the workers', { timeout: 300_000 }, async t => {
  const slots = 10;
  const seconds = inForm(5, 20);
  const rates = {};
  for (const number of [1, 2, 4]) {
    await cluster.have(['api', 'dispatcher-1', ...workers(number)], { WorkerSlots: slots });
    const tasks = number * slots * 5 * seconds;
    const load = new Load(cluster, `scale${number}`, { publishes: false, data: () => ({ ms: 200 }) });
    await load.scheduleAll(tasks);
    const result = await judge(cluster, load);
    assert.equal(result.complete, tasks);
    const times = [...cluster.recorder.byKey(load).values()].flat();
    const began = Math.min(...times.map(({ at }) => at));
    const ended = Math.max(...times.map(({ endedAt }) => endedAt));
    rates[number] = times.length / (ended - began) * 1_000;
  }
  say(t, Object.fromEntries(Object.entries(rates).map(([number, rate]) => [`${number} workers, tasks a second (at most ${number * slots * 5})`, rate.toFixed(0)])));
  assert.ok(rates[2] > 1.5 * rates[1] && rates[4] > 2.5 * rates[1], JSON.stringify(rates));
});
