import { readFileSync } from 'node:fs';
import { readArguments } from './arguments.mjs';
import { loads } from './loads.mjs';
import { NotAvailable } from './not-available.mjs';
import { isWorkerProcess, serveWorker, WorkerProcess } from './workers.mjs';

/**
 * Measures one peer with the load that the command line names, and prints one line of JSON.
 *
 * A peer tells:
 * - `system`: its npm package, which is its name too
 * - `tune(load, producers)`: the settings that are fastest for that load; all that `open` and `openWorker` need to know
 * - `describe(tuning)`: the same in words
 * - `createStore(connection, system)`: a fresh place for its jobs: `{ connection, tidy(), remove() }`
 * - `open(connection, tuning)`: what producers use: `{ enqueue(), enqueueAll(count), hasUnfinished(), close() }`
 * - `openWorker(connection, tuning)`: connected but idle: `{ start(onStart), stop() }`; `onStart()` is the no-op job
 */
export async function measure(peer) {
  if (isWorkerProcess) return serveWorker(peer);
  const options = readArguments(Object.keys(loads));
  const figures = await run(peer, options).catch(error => {
    if (error instanceof NotAvailable) return { notAvailable: error.message };
    throw error;
  });
  console.log(JSON.stringify({ system: peer.system, version: versionOf(peer.system), load: options.load, ...figures }));
}

async function run(peer, { connection, load, jobs, producers }) {
  const store = await peer.createStore(connection, peer.system);
  let removal;
  const remove = () => (removal ??= store.remove());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => remove().finally(() => process.exit(1)));
  try {
    const tuning = peer.tune(load, producers);
    const client = await peer.open(store.connection, tuning);
    const worker = await WorkerProcess.open(store.connection, tuning);
    try {
      const figures = await loads[load]({ client, worker, store, jobs, producers });
      return { ...figures, settings: `${peer.describe(tuning)}; workers in a process of their own` };
    } finally {
      await worker.close();
      await client.close();
    }
  } finally {
    await remove();
  }
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
}
