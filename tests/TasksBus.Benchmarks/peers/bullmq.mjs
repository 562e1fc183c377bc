import { Queue, Worker } from 'bullmq';
import { measure } from './harness/measure.mjs';
import { createRedis } from './harness/redis.mjs';

const name = 'noop';

/** One process runs many jobs at once; a lone job gains nothing from that. */
function tune(load) {
  return { concurrency: load === 'latency' ? 1 : 100 };
}

function describe({ concurrency }) {
  return `Redis with appendfsync always, concurrency ${concurrency}, completed jobs kept`;
}

async function open(connection) {
  const queue = new Queue(name, { connection });
  await queue.waitUntilReady();
  return {
    enqueue: () => queue.add(name, {}),
    enqueueAll: count => queue.addBulk(Array.from({ length: count }, () => ({ name, data: {} }))),
    hasUnfinished: async () => (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized', 'paused')) > 0,
    close: () => queue.close(),
  };
}

async function openWorker(connection, { concurrency }) {
  let onStart;
  const worker = new Worker(
    name, async () => onStart(), { connection: { ...connection, maxRetriesPerRequest: null }, concurrency, autorun: false });
  worker.on('error', error => console.error(error.message));
  await worker.waitUntilReady();
  return {
    start(callback) {
      onStart = callback;
      if (worker.isPaused()) return worker.resume();
      worker.run().catch(error => console.error(error.message));
    },
    stop: () => worker.pause(),
  };
}

await measure({ system: 'bullmq', tune, describe, createStore: createRedis, open, openWorker });
