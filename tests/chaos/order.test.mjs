import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';
import { Load } from './harness/load.mjs';
import { random } from './harness/random.mjs';
import { judge, say } from './harness/verdict.mjs';

const cluster = new Cluster();
before(async () => {
  await cluster.start();
  await cluster.have(['api', 'dispatcher-1']);
});
after(() => cluster.stop());

const workers = number => Array.from({ length: number }, (_, i) => `worker-${i + 1}`);
const highest = 9_007_199_254_740_991;
const anyPriority = () => Math.round((2 * random() - 1) * highest);

/**
 * How the starts followed the exact order. overtaken: at a start, the most tasks that were more urgent and had not started; late: the most
 * places that one started after its own; inPlace: the share that started within so many places of its own.
 */
async function order(load, slots) {
  const exact = await cluster.sql(
    `select data->>'key' from tasks where data->>'key' like '${load.name}-%' order by priority desc, start_at, number`);
  const places = new Map(exact.map(([key], place) => [key, place]));
  const starts = [...cluster.recorder.byKey(load).keys()].map(key => places.get(key));
  assert.equal(starts.length, exact.length);
  const started = new Set();
  let [overtaken, late, near, first] = [0, 0, 0, 0];
  starts.forEach((place, i) => {
    started.add(place);
    let waiting = 0;
    while (started.has(first)) first++;
    for (let other = first; other < place; other++) waiting += !started.has(other);
    overtaken = Math.max(overtaken, waiting);
    late = Math.max(late, i - place);
    near += Math.abs(i - place) <= slots;
  });
  return { overtaken, late, inPlace: near / starts.length };
}

async function inOrder(t, name, others, start) {
  const tasks = inForm(2_000, 5_000);
  const load = new Load(cluster, name, { publishes: false, data: i => ({ ms: i % 10 }), others });
  await load.scheduleAll(tasks);
  await start();
  const result = await judge(cluster, load);
  const { overtaken, late, inPlace } = await order(load, 4);
  say(t, {
    ...result, 'overtaken at once, at most': overtaken, 'late by at most': late, 'within four places': `${(100 * inPlace).toFixed(1)} %`,
  });
  // Tasks are released in exact order, and what is released and has not started is never more than the slots: one of them is the task that
  // starts. How late a task starts is up to the process that has it; while that is slow the others go on.
  assert.ok(overtaken <= 3, `a task started before ${overtaken} that are more urgent`);
  assert.ok(inPlace >= 0.95, `only ${inPlace} of the tasks started within four places of their own`);
}

test('four workers of one slot each start what has waited for them in exact order', async t => {
  const start = Date.now() - 3_600_000;
  const others = i =>
    ({ priority: i % 3 === 0 ? i % 7 - 3 : anyPriority(), startTimestamp: new Date(start + (i % 5) * 60_000).toISOString() });
  await inOrder(t, 'waited', others, () => cluster.have(['api', 'dispatcher-1', ...workers(4)], { WorkerSlots: 1 }));
});

test('four workers of one slot each start what falls due at one moment in exact order', async t => {
  const startTimestamp = new Date(Date.now() + 10_000).toISOString();
  await inOrder(
    t, 'due', () => ({ priority: anyPriority(), startTimestamp }),
    () => assert.ok(Date.now() < Date.parse(startTimestamp), 'scheduling took too long'));
});

test('every worker takes its share: with more of them as many more functions run at once', async t => {
  const slots = 10;
  for (const number of [1, 2, 4]) {
    await cluster.have(['api', 'dispatcher-1', ...workers(number)], { WorkerSlots: slots });
    const [held, tasks] = [number * slots, 10 * number * slots];
    const load = new Load(cluster, `scale${number}`, {
      publishes: false, data: i => i < held ? { hold: true } : { ms: 20 }, others: i => i < held ? { priority: 1 } : {},
    });
    // A few of the others may have started before them.
    const running = () => [...cluster.recorder.byKey(load).keys()].filter(key => Number(key.split('-').at(-1)) < held).length;
    await load.scheduleAll(tasks);
    await until(`${held} functions run at once`, () => running() === held, { seen: () => `${running()} ran.` });
    cluster.recorder.letGo();
    const result = await judge(cluster, load);
    assert.equal(result.complete, tasks);
  }
});
