import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createDatabase, createPool } from './harness/database.mjs';
import { measure } from './harness/measure.mjs';

const logger = new Logger(() => (level, message) => {
  if (level === 'error') console.error(message);
});

const batched = { concurrentJobs: 100, localQueue: { size: 2_000 }, completeJobBatchDelay: 0 };

/**
 * The local queue fetches and completes many jobs in one statement. While jobs come one by one it pays to let some gather: fewer
 * transactions wait their turn for the disk. Alone in an idle system a job starts sooner without a local queue.
 */
const tunings = {
  'one-by-one': {
    ...batched,
    completeJobBatchDelay: 50,
    // The default of 2 s would end the run with a wait: a refetch delay leaves the last few jobs to the next poll.
    pollInterval: 200,
    localQueue: { size: 1_000, refetchDelay: { durationMs: 200, threshold: 500, maxAbortThreshold: 5_000 } },
  },
  bulk: batched,
  drain: batched,
  latency: { concurrentJobs: 1 },
};

function tune(load, producers) {
  return { connections: load === 'one-by-one' ? producers : 10, ...tunings[load] };
}

function describe({ connections, concurrentJobs, localQueue, completeJobBatchDelay, pollInterval }) {
  const { size, refetchDelay } = localQueue ?? {};
  return [
    `concurrentJobs ${concurrentJobs}`,
    size ? `localQueue ${size}, completeJobBatchDelay ${completeJobBatchDelay} ms` : 'no local queue',
    refetchDelay && `refetchDelay ${refetchDelay.durationMs} ms, pollInterval ${pollInterval} ms`,
    `LISTEN/NOTIFY (always on), ${connections} connections`,
  ].filter(Boolean).join(', ');
}

async function open(connection, { connections }) {
  const pool = createPool(connection, connections);
  const utils = await makeWorkerUtils({ pgPool: pool, logger });
  await utils.migrate();
  return {
    enqueue: () => utils.addJob('noop', {}),
    enqueueAll: count => utils.addJobs(Array.from({ length: count }, () => ({ identifier: 'noop', payload: {} }))),
    async hasUnfinished() {
      // A finished job's row is deleted.
      const { rows } = await pool.query('select exists (select from graphile_worker.jobs) as any');
      return rows[0].any;
    },
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}

async function openWorker(connection, { connections, ...settings }) {
  const preset = { worker: { connectionString: connection, maxPoolSize: connections, logger, ...settings } };
  let runner;
  return {
    async start(onStart) {
      runner = await run({ preset, taskList: { noop: async () => onStart() }, noHandleSignals: true });
    },
    stop: () => runner.stop(),
  };
}

await measure({ system: 'graphile-worker', tune, describe, createStore: createDatabase, open, openWorker });
