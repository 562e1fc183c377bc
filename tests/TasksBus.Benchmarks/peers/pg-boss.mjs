import { PgBoss } from 'pg-boss';
import { createDatabase, createPool } from './harness/database.mjs';
import { measure } from './harness/measure.mjs';

const queue = 'noop';

/**
 * Large batches keep up best with many jobs. For latency a NOTIFY wakes the worker; with many producers it would cost most of the rate,
 * since PostgreSQL lets transactions that notify commit one at a time.
 */
const tunings = {
  'one-by-one': { notify: false, batchSize: 500, localConcurrency: 4 },
  bulk: { notify: false, batchSize: 2_000, localConcurrency: 2 },
  drain: { notify: false, batchSize: 2_000, localConcurrency: 2 },
  latency: { notify: true, batchSize: 10, localConcurrency: 1 },
};

function tune(load, producers) {
  return { connections: load === 'one-by-one' ? producers : 8, ...tunings[load] };
}

function describe({ connections, notify, batchSize, localConcurrency }) {
  return `batchSize ${batchSize}, localConcurrency ${localConcurrency}, burstWhenBatchFull, polling every 0.5 s, `
    + `LISTEN/NOTIFY ${notify ? 'on' : 'off'}, ${connections} connections`;
}

async function start(connection, { connections, notify }) {
  const boss = new PgBoss({ connectionString: connection, max: connections, useListenNotify: notify });
  boss.on('error', error => console.error(error.message));
  await boss.start();
  return boss;
}

async function open(connection, tuning) {
  const boss = await start(connection, tuning);
  await boss.createQueue(queue, { policy: 'standard', notify: tuning.notify });
  const pool = createPool(connection, 1);
  return {
    enqueue: () => boss.send(queue, {}),
    enqueueAll: count => boss.insert(queue, Array.from({ length: count }, () => ({ data: {} }))),
    async hasUnfinished() {
      const { rows } = await pool.query("select exists (select from pgboss.job where name = $1 and state < 'completed') as any", [queue]);
      return rows[0].any;
    },
    async close() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}

async function openWorker(connection, tuning) {
  const boss = await start(connection, tuning);
  const { batchSize, localConcurrency } = tuning;
  const options = {
    batchSize, localConcurrency, burstWhenBatchFull: batchSize > 1, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5,
  };
  return {
    start: onStart => boss.work(queue, options, async jobs => jobs.forEach(onStart)),
    stop: () => boss.offWork(queue, { wait: true }),
  };
}

await measure({ system: 'pg-boss', tune, describe, createStore: createDatabase, open, openWorker });
