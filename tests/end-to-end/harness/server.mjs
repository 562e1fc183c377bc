import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..');
const program = programOf('TasksBus.Server');

/** A program of ours: as `make test` compiled it ahead of time, or as the build left it. */
export function programOf(name) {
  return resolve(process.env.TASKSBUS_PROGRAMS ?? resolve(root, 'src', name, 'bin/Release/net10.0'), `${name}.dll`);
}

/**
 * A port that nothing listens on now. It is below those that the kernel gives to outgoing connections, so that only another
 * listener can take it meanwhile.
 */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const listener = createServer();
    const isFree = await new Promise(done => listener.once('error', () => done(false)).listen(port, 'localhost', () => done(true)));
    if (isFree) {
      await new Promise(done => listener.close(done));
      return port;
    }
  }
}

/** Makes an API key as a user does: the key itself, and the settings for a server that is to know it. */
export function newApiKey(name, permissions = '*', index = 0) {
  const output = execFileSync('dotnet', [program, '--new-api-key', name], { encoding: 'utf8' });
  const [key] = output.split('\n');
  const settings = /^TasksBus__ApiKeys__0__Hash=(.+)$/m.exec(output);
  return {
    key,
    settings: { [`ApiKeys:${index}:Name`]: name, [`ApiKeys:${index}:Hash`]: settings[1], [`ApiKeys:${index}:Permissions`]: permissions },
  };
}

/** The server as a process of its own, and its API by raw HTTP; with a key where it asks for one. */
export class Server {
  #process;
  #output = '';
  #errors = '';

  /** @param isRead Whether somebody reads what it prints. */
  constructor(settings, { port, url = `http://localhost:${port}`, args: others = [], env = {}, key, isRead = true }) {
    if (!existsSync(program))
      throw new Error(`Build the server first: dotnet build -c Release src/TasksBus.Server (there is no ${program})`);
    this.url = url;
    this.key = key;
    const args = ['--urls', url, ...others, ...Object.entries(settings).map(([name, value]) => `--TasksBus:${name}=${value}`)];
    this.#process = spawn('dotnet', [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    if (isRead) this.#process.stdout.on('data', chunk => this.#output += chunk);
    else this.#process.once('exit', () => this.#process.stdout.resume());
    this.#process.stderr.on('data', chunk => this.#errors += chunk);
    this.exited = new Promise(
      done => this.#process.once('close', (code, signal) => done({ code, signal, output: this.#output, errors: this.#errors })));
  }

  get pid() {
    return this.#process.pid;
  }

  get output() {
    return this.#output + this.#errors;
  }

  get hasEnded() {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async untilReady() {
    await until('the server is ready', async () => {
      if (this.hasEnded) throw new Error(`The server ended with ${this.#process.exitCode ?? this.#process.signalCode}:\n${this.output}`);
      try {
        return (await fetch(`${this.url}/health/ready`)).ok;
      } catch {
        return false; // Nobody listens yet.
      }
    }, { seen: () => this.output });
  }

  signal(name) {
    this.#process.kill(name);
    return this.exited;
  }

  /** Ends it without warning, and waits until it has ended. */
  kill() {
    return this.hasEnded ? this.exited : this.signal('SIGKILL');
  }

  /** The same at the end of our own process, when nothing can be waited for. */
  killNow() {
    if (!this.hasEnded) this.#process.kill('SIGKILL');
  }

  /** One request below /tasks/v1: status, text and, where it is JSON, the parsed body. A body that is text is sent as it is. */
  async request(method, path, body) {
    const response = await fetch(`${this.url}/tasks/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(this.key === undefined ? {} : { Authorization: `Bearer ${this.key}` }),
      },
      body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, text, json };
  }

  /** The body of an answer that must be 200. */
  async ask(method, path, body) {
    const { status, text, json } = await this.request(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return json;
  }

  create(task) {
    return this.ask('POST', '/', task);
  }

  /** Tasks in the order given, which is the order of their creation. */
  async createMany(tasks) {
    const created = [];
    for (let i = 0; i < tasks.length; i += 1_000)
      created.push(...(await this.ask('POST', '/batch', { tasks: tasks.slice(i, i + 1_000) })).data);
    return created;
  }

  get(id) {
    return this.ask('GET', `/${id}`);
  }

  cancel(id) {
    return this.request('POST', `/${id}/cancel`);
  }

  async count(status) {
    return (await this.ask('GET', `/?eq(status,${status})&limit(1)`)).page.total;
  }

  async counts() {
    const states = ['new', 'inProgress', 'complete', 'failed', 'canceled', 'retried'];
    return Object.fromEntries(await Promise.all(states.map(async state => [state, await this.count(state)])));
  }

  async untilCount(status, number, options = {}) {
    await until(`${number} tasks are ${status}`, async () => await this.count(status) === number,
      { seen: async () => JSON.stringify(await this.counts()), ...options });
  }

  async untilAllEnded(options = {}) {
    await until('every task has ended', async () => await this.count('new') === 0 && await this.count('inProgress') === 0,
      { every: 100, seen: async () => `${JSON.stringify(await this.counts())}\n${this.output}`, ...options });
  }

  /** Every task, by id. */
  async all() {
    const tasks = new Map();
    for (let offset = 0; ; offset += 50) {
      const page = await this.ask('GET', `/?limit(50,${offset})`);
      for (const task of page.data) tasks.set(task.id, task);
      if (offset + 50 >= page.page.total) return tasks;
    }
  }
}
