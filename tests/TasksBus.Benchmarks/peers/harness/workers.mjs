import { fork } from 'node:child_process';
import { once } from 'node:events';

const flag = '--worker-process';

/** Whether this is the process that was started for the workers, so that both cores are used. */
export const isWorkerProcess = process.argv.includes(flag);

/** The measuring process's side: each call is a message, each answer one back. */
export class WorkerProcess {
  #child;
  #exit;

  constructor(child) {
    this.#child = child;
    this.#exit = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The workers' process ended early (${signal ?? code}).`);
    });
    this.#exit.catch(() => {});
  }

  static async open(connection, tuning) {
    // Standard output belongs to the result.
    const worker = new WorkerProcess(fork(process.argv[1], [flag], { stdio: ['ignore', 2, 2, 'ipc'] }));
    await worker.#call('open', { connection, tuning });
    return worker;
  }

  start() {
    return this.#call('start');
  }

  stop() {
    return this.#call('stop');
  }

  /** Counts so many jobs from now on; `lastStart` is when the last of them started, by the machine's monotonic clock in nanoseconds. */
  async expect(jobs) {
    await this.#call('expect', { jobs });
    return { lastStart: this.#answer('lastStart').then(({ at }) => BigInt(at)) };
  }

  async close() {
    if (this.#child.connected) {
      this.#child.disconnect();
      await this.#exit.catch(() => {});
    }
  }

  async #call(name, details) {
    const answer = this.#answer(name);
    // With a callback a lost process raises no event of its own; the answer tells it.
    this.#child.send({ name, ...details }, () => {});
    await answer;
  }

  #answer(name) {
    const answer = new Promise(resolve => {
      const listen = message => {
        if (message.name === name) {
          this.#child.off('message', listen);
          resolve(message);
        }
      };
      this.#child.on('message', listen);
    });
    return Promise.race([answer, this.#exit]);
  }
}

/** The workers' side. It ends with the process that started it, however that one ends. */
export function serveWorker(peer) {
  let worker;
  let left = 0;
  const onStart = () => {
    if (--left === 0) process.send({ name: 'lastStart', at: String(process.hrtime.bigint()) });
  };
  const calls = {
    async open({ connection, tuning }) {
      worker = await peer.openWorker(connection, tuning);
    },
    start: () => worker.start(onStart),
    stop: () => worker.stop(),
    expect({ jobs }) {
      left = jobs;
    },
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ name, ...details }) => {
    await calls[name](details);
    process.send({ name });
  });
}
