import { setTimeout } from 'node:timers/promises';
import { until } from '../../end-to-end/harness/wait.mjs';
import { Publisher } from './publisher.mjs';

const tick = 100;

/**
 * Schedules tasks, first many at once and then so many a second, until it is told that it is enough: in batches, one by one and over the
 * broker. Each task has a key of its own. One that gets no answer is not sent again: it may be there or not.
 */
export class Load {
  /** How each accepted task was, by its key. */
  accepted = new Map();
  sent = new Set();
  #cluster;
  #name;
  #options;
  #publisher;
  #inFlight = new Set();
  #enough = false;
  #feeding;

  /**
   * @param options tasks: how many are accepted at least; rate: tasks a second after the first half; clients: how many besides ask one by
   * one, each as soon as it has its answer; publishes: whether some go over the broker, which no test may do that deletes the broker's
   * messages; data and others: of the task of a number.
   */
  constructor(cluster, name, {
    tasks = 0, rate = 60, clients = 0, publishes = true, data = i => ({ ms: (i * 37) % 200 }), others = () => ({}),
  }) {
    this.#cluster = cluster;
    this.#name = name;
    this.#options = { tasks, rate, clients, data, others };
    if (publishes) this.#publisher = new Publisher(cluster.connection('rabbitmq'));
  }

  get name() {
    return this.#name;
  }

  owns(key) {
    return key?.startsWith(`${this.#name}-`);
  }

  start() {
    this.startedAt = Date.now();
    this.#feeding = Promise.all([this.#feed(), ...Array.from({ length: this.#options.clients }, () => this.#askOneByOne())]);
    return this;
  }

  /** Schedules so many, and nothing more. */
  async scheduleAll(number) {
    for (let rest = number; rest > 0; rest -= 1_000) await this.#batch(Math.min(rest, 1_000));
    if (this.accepted.size !== number) throw new Error(`${this.accepted.size} of ${number} tasks were accepted. ${this.refusal ?? ''}`);
  }

  /** How many of its tasks were invoked so far. */
  get invoked() {
    return this.#cluster.recorder.invocations.reduce((sum, { key }) => sum + this.owns(key), 0);
  }

  /** Waits until so many more are invoked. */
  async untilMore(number, options = {}) {
    const before = this.invoked;
    await until(
      `${number} more tasks are invoked`, () => this.invoked >= before + number,
      { seen: () => `There were ${this.invoked - before}.`, ...options });
  }

  /** Ends it as soon as it has had as many tasks accepted as it should, and everything sent has got its answer or never will. */
  async finish() {
    this.#enough = true;
    await this.#feeding;
    await until('every request has ended', () => this.#inFlight.size === 0);
    if (this.#publisher) {
      await until(
        'the broker has confirmed every message', () => this.#publisher.unconfirmed === 0,
        { seen: () => `${this.#publisher.unconfirmed} are not.` });
      await this.#publisher.end();
    }
  }

  /** Ends it at once, when a scenario has failed: what is not accepted yet stays so. */
  async abort() {
    this.#enough = true;
    this.#options.tasks = 0;
    await this.#publisher?.end();
  }

  async #feed() {
    const { rate } = this.#options;
    for (let rest = Math.ceil(this.#options.tasks / 2); rest > 0; rest -= 250) this.#batch(Math.min(rest, 250));
    while (!this.#enough || this.accepted.size < this.#options.tasks) {
      await setTimeout(tick);
      // A server that does not answer is not besieged.
      if (this.#inFlight.size > 200) continue;
      let number = Math.ceil(rate * tick / 1_000);
      if (this.#publisher) for (let i = Math.floor(number / 3); i > 0; i--, number--) this.#publish();
      for (let i = Math.floor(number / 3); i > 0; i--, number--) this.#one();
      if (number > 0) this.#batch(number);
    }
  }

  async #askOneByOne() {
    while (!this.#enough) {
      const before = Date.now();
      await this.#one();
      // Refused at once: the server is away.
      if (Date.now() - before < 5) await setTimeout(10);
    }
  }

  #next() {
    const i = this.sent.size;
    const key = `${this.#name}-${i}`;
    this.sent.add(key);
    return { functionName: 'record', data: { key, ...this.#options.data(i) }, ...this.#options.others(i) };
  }

  #batch(number) {
    const tasks = Array.from({ length: number }, () => this.#next());
    return this.#ask('/batch', { tasks }, tasks);
  }

  #one() {
    const task = this.#next();
    return this.#ask('/', task, [task]);
  }

  #publish() {
    const task = this.#next();
    // What is not confirmed yet is waited for by the publisher.
    this.#publisher.publish(task).then(() => this.accepted.set(task.data.key, 'publish'));
  }

  #ask(path, body, tasks) {
    const asking = this.#cluster.api.request('POST', path, body).then(({ status, text }) => {
      if (status === 200) for (const task of tasks) this.accepted.set(task.data.key, path);
      else if (status !== 503) this.refusal ??= `POST ${path} answered ${status}: ${text}`;
    }, () => {
      // The server is away, or went away before it answered.
    }).finally(() => this.#inFlight.delete(asking));
    this.#inFlight.add(asking);
    return asking;
  }
}
