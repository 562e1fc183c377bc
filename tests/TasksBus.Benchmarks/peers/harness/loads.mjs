import { setTimeout as delay } from 'node:timers/promises';

const batchSize = 1_000;
const batchesAtOnce = 4;
const latencyWarmUp = 10;
const latencySamples = 200;

/** What can be measured. Each load warms up first, as TasksBus's own do: with a quarter of the jobs. */
export const loads = {
  /** From the first enqueue to the completion of the last job, producers and workers at the same time. */
  async 'one-by-one'({ client, worker, jobs, producers }) {
    await worker.start();
    await toCompletion(client, worker, warmUpOf(jobs), count => oneByOne(client, count, producers));
    return toCompletion(client, worker, jobs, count => oneByOne(client, count, producers));
  },

  /** The same with the system's bulk call. */
  async bulk({ client, worker, jobs }) {
    await worker.start();
    await toCompletion(client, worker, warmUpOf(jobs), count => inBatches(client, count));
    return toCompletion(client, worker, jobs, count => inBatches(client, count));
  },

  /** Workers alone, on a backlog that waits for them. */
  async drain({ client, worker, store, jobs }) {
    await worker.start();
    await toCompletion(client, worker, warmUpOf(jobs), count => inBatches(client, count));
    await worker.stop();
    await inBatches(client, jobs);
    await store.tidy();
    const { seconds, perSecond } = await toCompletion(client, worker, jobs, () => worker.start());
    return { jobs, seconds, perSecond };
  },

  /** From the start of the enqueue call to the start of the job, one job at a time in an idle system. */
  async latency({ client, worker }) {
    await worker.start();
    const milliseconds = [];
    for (let i = -latencyWarmUp; i < latencySamples; i++) {
      // This keeps the jobs out of step with a system that polls at an even interval.
      await delay(50 + 100 * Math.random());
      const started = await worker.expect(1);
      const begin = process.hrtime.bigint();
      await client.enqueue();
      const sample = Number((await started.lastStart) - begin) / 1e6;
      if (i >= 0) milliseconds.push(sample);
    }
    milliseconds.sort((a, b) => a - b);
    return { jobs: latencySamples, p50: round(percentile(milliseconds, 50)), p99: round(percentile(milliseconds, 99)) };
  },
};

const warmUpOf = jobs => Math.ceil(jobs / 4);

async function toCompletion(client, worker, jobs, enqueue) {
  const expected = await worker.expect(jobs);
  const begin = performance.now();
  await enqueue(jobs);
  const enqueued = performance.now();
  await expected.lastStart;
  // This is asked only now, because counting jobs all the time would slow down the system under test.
  while (await client.hasUnfinished()) await delay(5);
  const seconds = (performance.now() - begin) / 1_000;
  return { jobs, seconds: round(seconds), perSecond: round(jobs / seconds), enqueuePerSecond: round(jobs * 1_000 / (enqueued - begin)) };
}

function oneByOne(client, jobs, producers) {
  return inParallel(jobs, producers, () => client.enqueue());
}

function inBatches(client, jobs) {
  return inParallel(Math.ceil(jobs / batchSize), batchesAtOnce, i => client.enqueueAll(Math.min(batchSize, jobs - i * batchSize)));
}

async function inParallel(times, atOnce, step) {
  let next = 0;
  const lane = async () => {
    while (next < times) await step(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

const percentile = (sorted, percent) => sorted[Math.floor(sorted.length * percent / 100)];
const round = number => Math.round(number * 100) / 100;
