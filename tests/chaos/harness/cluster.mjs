import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { connect } from 'amqplib';
import pg from 'pg';
import { freePort, Server } from '../../end-to-end/harness/server.mjs';
import { Servers } from '../../end-to-end/harness/servers.mjs';
import { until } from '../../end-to-end/harness/wait.mjs';
import { Recorder } from './recorder.mjs';

const none = {};

const queues = ['schedule-task', 'schedule-tasks', 'cancel-task', 'get-task', 'execute.default'].map(name => `tasksbus.${name}`);

/** A process of the cluster. */
export class Member extends Server {
  constructor(name, settings, options) {
    super(settings, options);
    this.name = name;
  }

  /** Stops it where it stands: its connections stay open and its clocks go on. */
  freeze() {
    process.kill(this.pid, 'SIGSTOP');
    return Date.now();
  }

  thaw() {
    process.kill(this.pid, 'SIGCONT');
    return Date.now();
  }

  /** The last term of leadership that it took. */
  get epoch() {
    return Math.max(0, ...[...this.output.matchAll(/This process leads: .*\(epoch (\d+)\)/g)].map(match => Number(match[1])));
  }
}

/** RabbitMQ and PostgreSQL of its own in a temporary folder, members as processes, and functions that record how they are invoked. */
export class Cluster {
  recorder = new Recorder();
  members = new Map();
  #settings;
  #servers;
  #all = [];

  /** @param settings Those of every member, of the section TasksBus. */
  constructor(settings = {}) {
    this.#settings = settings;
    this.#servers = new Servers(mkdtempSync(join(tmpdir(), 'tasksbus-chaos-')));
    process.once('exit', this.#endNow);
  }

  async start() {
    await this.recorder.start();
    await this.#servers.start();
  }

  async stop() {
    await Promise.all(this.#all.map(member => member.kill()));
    this.recorder.stop();
    await this.#servers.stop();
    rmSync(this.#servers.folder, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', this.#endNow);
  }

  /** A connection string: tasksbus, of PostgreSQL, or rabbitmq. */
  connection(name) {
    return this.#servers.environment[`ConnectionStrings__${name}`];
  }

  /** Where the database is, as node-postgres names it. */
  get database() {
    const { Host: host, Port: port, Database: database, Username: user, Password: password } =
      Object.fromEntries(this.connection('tasksbus').split(';').map(part => part.split('=')));
    return { host, port: Number(port), database, user, password };
  }

  /** Runs a command of ops/local/servers.sh. */
  servers(command, ...args) {
    return this.#servers.run(command, ...args);
  }

  /** The rows of a query, as texts; null is an empty one. Each query has a connection of its own: no fault is left over from the last. */
  async sql(query) {
    const client = new pg.Client({ ...this.database, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {}); // The query says it.
    try {
      await client.connect();
      const { rows } = await client.query({ text: query, rowMode: 'array', types: { getTypeParser: () => text => text } });
      return rows.map(row => row.map(text => text ?? ''));
    } finally {
      await client.end().catch(() => {});
    }
  }

  member(name) {
    return this.members.get(name);
  }

  /**
   * Sees to it that exactly these members run: those that are missing are started, others end. A name is a role and a number, such as
   * worker-2; workers may have settings of their own.
   */
  async have(names, workerSettings = {}) {
    const settings = name => name.startsWith('worker') ? workerSettings : {};
    for (const [name, member] of this.members) {
      if (!names.includes(name) || !isDeepStrictEqual(member.settings, settings(name)) || member.connections !== none) await member.kill();
      if (member.hasEnded) this.members.delete(name);
    }
    await Promise.all(names.filter(name => !this.members.has(name)).map(name => this.launch(name, settings(name))));
  }

  /** Starts a member, and waits until it is ready; its settings and connection strings take the place of those of all members. */
  async launch(name, settings = {}, connections = none) {
    const member = new Member(name, {
      Roles: name.split('-')[0],
      'Lambda:Endpoint': this.recorder.url, 'Lambda:Region': 'local', 'Lambda:AccessKey': name, 'Lambda:SecretKey': 'any',
      ...this.#settings, ...settings,
    }, {
      port: await freePort(),
      env: { Logging__Console__FormatterOptions__TimestampFormat: 'HH:mm:ss.fff ', ...this.#servers.environment, ...connections },
    });
    Object.assign(member, { settings, connections });
    this.#all.push(member);
    this.members.set(name, member);
    await member.untilReady();
    return member;
  }

  get api() {
    return this.member('api');
  }

  /** The dispatcher that leads. */
  async leader() {
    return until('a dispatcher leads', async () => {
      const [[epoch] = ['0']] = await this.sql('select epoch from leader where lease_ends_at > extract(epoch from now()) * 1000000');
      return this.#all.find(member => !member.hasEnded && member.epoch === Number(epoch));
    });
  }

  /** How many messages wait in each of the queues of messages that could not be handled. */
  errorQueues() {
    return this.#forEach(queues.flatMap(name => [`${name}_error`, `${name}_skipped`]), (channel, name) => channel.checkQueue(name));
  }

  /** Deletes the messages that wait in every queue; returns how many each had. */
  purge() {
    return this.#forEach(queues, (channel, name) => channel.purgeQueue(name));
  }

  /** Asks the broker by AMQP, for rabbitmqctl takes seconds of processor time. */
  async #forEach(names, ask) {
    const connection = await connect(this.connection('rabbitmq'));
    try {
      const counts = new Map();
      for (const name of names) {
        const channel = await connection.createChannel();
        channel.on('error', () => {}); // The question fails too.
        const answer = await ask(channel, name).catch(error => {
          if (error.code !== 404) throw error;
        });
        if (answer !== undefined) counts.set(name, answer.messageCount);
      }
      return counts;
    } finally {
      await connection.close();
    }
  }

  /** Puts what the members said into files, for whoever looks into a failure. */
  keepOutput(t) {
    const folder = mkdtempSync(join(tmpdir(), 'tasksbus-chaos-failed-'));
    t.diagnostic(`What the members said is in ${folder}`);
    this.#all.forEach((member, i) => writeFileSync(join(folder, `${i}-${member.name}.log`), member.output));
  }

  #endNow = () => {
    for (const member of this.#all) member.killNow();
    this.#servers.stopNow();
    rmSync(this.#servers.folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

// A test runner that gives up says so with a signal, or with several; ending by exit() runs what is registered above.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
