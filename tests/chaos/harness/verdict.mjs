import assert from 'node:assert/strict';
import { until } from '../../end-to-end/harness/wait.mjs';

/** Clocks and connections: how much later than it was sent an invocation may be recorded. */
const margin = 250;

/** Tasks that are not in exactly one place, and counts of running tasks that have drifted: each in one snapshot. */
const misplaced = `
  select t.number from tasks t
  where (exists (select from waiting_tasks w where w.number = t.number))::int
    + (exists (select from running_tasks r where r.number = t.number))::int
    + (exists (select from finished_tasks f where f.number = t.number))::int <> 1
  limit 10`;

const drifted = `
  select w.id, sum(case when c.is_ended then -c.count else c.count end), (select count(*) from running_tasks r where r.worker_id = w.id)
  from workers w left join worker_counts c on c.worker_id = w.id group by w.id
  having coalesce(sum(case when c.is_ended then -c.count else c.count end), -1)
    <> (select count(*) from running_tasks r where r.worker_id = w.id)`;

const leftOver = 'select c.worker_id from worker_counts c where not exists (select from workers w where w.id = c.worker_id)';

/** Looks at the database again and again: what must hold at every moment. */
export class Watch {
  #ended = false;
  #loop;
  looks = 0;

  constructor(cluster) {
    this.#loop = this.#look(cluster);
  }

  async end() {
    this.#ended = true;
    await this.#loop;
    if (this.fault) throw new Error(this.fault);
  }

  async #look(cluster) {
    while (!this.#ended && !this.fault) {
      await new Promise(done => setTimeout(done, 1_000));
      try {
        const rows = await cluster.sql(drifted);
        if (rows.length > 0) this.fault = `the count of a worker's running tasks has drifted: ${JSON.stringify(rows)}`;
        this.looks++;
      } catch {
        // The database is away.
      }
    }
  }
}

/**
 * Waits until every task of a load has ended, and judges what became of them.
 * @param options zombies: how many tasks at most may have failed because their worker was gone; sentLate: how many of those at most may
 * have been invoked after they failed; faults: when each fault began and ended.
 * @returns What to tell: counts, and how long it took to recover.
 */
export async function judge(cluster, load, { zombies = 0, sentLate = 0, faults = [], within } = {}) {
  const mine = `t.data->>'key' like '${load.name}-%'`;
  // What the broker has confirmed may still be on its way.
  const missing = async () => {
    const stored = new Set((await cluster.sql(`select t.data->>'key' from tasks t where ${mine}`)).map(([key]) => key));
    return [...load.accepted.keys()].filter(key => !stored.has(key));
  };
  await until('every accepted task is stored', async () => (await missing()).length === 0, {
    within, every: 500, seen: async () => `${(await missing()).length} of ${load.accepted.size} are not: `
      + `${(await missing()).slice(0, 5).map(key => `${key} (${load.accepted.get(key)})`)}`,
  });
  const storedAt = Date.now();
  await until('every task has ended', async () =>
    (await cluster.sql(`select 1 from waiting_tasks union all select 1 from running_tasks limit 1`)).length === 0, {
    within, every: 200, seen: async () => JSON.stringify(await cluster.sql(
      `select 'waiting', is_ready::text, count(*) from waiting_tasks group by 1, 2
        union all select 'running', worker_id::text, count(*) from running_tasks group by 1, 2`)),
  });
  const endedAt = Date.now();
  assert.equal(load.refusal, undefined);
  assert.deepEqual(await cluster.sql(misplaced), [], 'tasks that are not in exactly one place');
  assert.deepEqual(await cluster.sql(drifted), [], 'counts that are not the number of running tasks');
  assert.deepEqual(await cluster.sql(leftOver), [], 'counts of workers that are gone');

  const tasks = new Map();
  for (const [key, status, changedAt, errorName, errorMessage] of await cluster.sql(
    `select t.data->>'key', f.status, f.changed_at / 1000, f.error_name, f.error_message
      from tasks t join finished_tasks f on f.number = t.number where ${mine}`)) {
    assert.ok(!tasks.has(key), `${key} is there twice`);
    assert.ok(load.sent.has(key), `${key} was never sent`);
    tasks.set(key, { status, changedAt: Number(changedAt), errorName, errorMessage });
  }
  for (const key of load.accepted.keys()) assert.ok(tasks.has(key), `${key} is stored and has not ended`);

  const invocations = cluster.recorder.byKey(load);
  const twice = [...invocations].filter(([, each]) => each.length > 1);
  assert.deepEqual(twice.slice(0, 5), [], `${twice.length} tasks were invoked more than once`);
  for (const key of invocations.keys()) assert.ok(tasks.has(key), `${key} was invoked and is not stored`);
  const [failed, neverInvoked, late] = [[], [], []];
  for (const [key, task] of tasks) {
    const [invocation] = invocations.get(key) ?? [];
    if (task.status === 'complete') {
      if (!invocation) neverInvoked.push(key);
    } else {
      failed.push({ key, ...task });
      if (invocation && invocation.at > task.changedAt + margin) late.push({ key, by: invocation.at - task.changedAt, ...invocation });
    }
  }
  assert.deepEqual(neverInvoked.slice(0, 5), [], `${neverInvoked.length} complete tasks were never invoked`);
  const wrong = failed.filter(task => task.status !== 'failed' || task.errorName !== 'zombieTaskCleaned');
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} tasks ended otherwise than as complete or zombieTaskCleaned`);
  assert.ok(
    late.length <= sentLate,
    `${late.length} tasks were invoked after they had failed; at most ${sentLate} may: ${JSON.stringify(late.slice(0, 5))}`);
  assert.ok(
    failed.length <= zombies, `${failed.length} tasks failed as zombieTaskCleaned; at most ${zombies} ran on workers that were lost`);

  await until(
    'every event is published', async () => (await cluster.sql('select 1 from event_outbox limit 1')).length === 0);
  assert.deepEqual(await errorQueues(cluster), [], 'messages in error queues');

  const completed = [...tasks.values()].filter(task => task.status === 'complete').map(task => task.changedAt).sort((a, b) => a - b);
  const recoveries = faults.map(fault => completed.find(at => at > fault.endedAt) - fault.endedAt).filter(time => !Number.isNaN(time));
  const last = faults.at(-1);
  return {
    accepted: load.accepted.size, 'stored without an answer': tasks.size - load.accepted.size, complete: completed.length,
    zombies: failed.length,
    ...(late.length > 0 ? { 'invoked after they failed': late.length } : {}),
    ...(failed.length > 0 ? { 'zombies not invoked': failed.filter(task => !invocations.has(task.key)).length } : {}),
    ...(last ? {
      'next completion after, ms': recoveries.join(' '),
      'all stored after, ms': storedAt - last.endedAt,
      'backlog done after, ms': endedAt - last.endedAt,
    } : {}),
  };
}

/** The queues of messages that could not be handled, where there are any. */
export const errorQueues = async cluster => [...await cluster.errorQueues()].filter(([, messages]) => messages > 0);

/** One line of what came out, for the log of the test. */
export const say = (t, what) => t.diagnostic(`${t.name}: ${Object.entries(what).map(([name, value]) => `${name}: ${value}`).join('; ')}`);
