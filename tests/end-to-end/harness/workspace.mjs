import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, Server } from './server.mjs';
import { until } from './wait.mjs';

const here = resolve(fileURLToPath(import.meta.url), '..', '..');

/** A temporary folder with data, functions and a record of invocations. It goes, with its servers, when the test ends. */
export class Workspace {
  #servers = [];
  #gates = 0;

  constructor(t) {
    this.folder = mkdtempSync(join(tmpdir(), 'tasksbus-e2e-'));
    this.data = join(this.folder, 'data');
    this.functions = join(this.folder, 'functions');
    this.recordFile = join(this.folder, 'record.txt');
    cpSync(join(here, 'functions'), this.functions, { recursive: true });
    copyFileSync(join(this.functions, 'record/index.mjs'), join(this.functions, 'throttled/index.mjs'));
    mkdirSync(this.data);
    const leave = () => this.#end();
    process.once('exit', leave);
    t.after(async () => {
      await Promise.all(this.#servers.map(server => server.kill()));
      this.#end();
      process.off('exit', leave);
    });
  }

  /** Starts a server on these folders; settings are those of the section TasksBus. */
  async start(settings = {}, options = {}) {
    const server = this.launch(settings, { port: await freePort(), ...options });
    await server.untilReady();
    return server;
  }

  /** The same without waiting until it is ready, for servers that are to refuse. */
  launch(settings = {}, options = {}) {
    const server = new Server({ DataPath: this.data, FunctionsPath: this.functions, ...settings }, options);
    this.#servers.push(server);
    return server;
  }

  /** A file that functions wait for (data.gate), and what makes it. */
  gate() {
    const path = join(this.folder, `gate-${++this.#gates}`);
    return { path, open: () => writeFileSync(path, '') };
  }

  /** Makes a function of one file. */
  addFunction(name, source) {
    mkdirSync(join(this.functions, name));
    writeFileSync(join(this.functions, name, 'index.mjs'), source);
  }

  /** A task of the function that records its invocations; more data and other properties as given. */
  task(data = {}, others = {}) {
    return { functionName: 'record', data: { record: this.recordFile, ...data }, ...others };
  }

  /** Waits until so many invocations have begun. */
  async untilInvoked(number, options = {}) {
    await until(
      `${number} invocations`, () => this.record().length >= number, { seen: () => `There were ${this.record().length}.`, ...options });
  }

  /** The invocations so far, in the order in which they began. */
  record() {
    const text = existsSync(this.recordFile) ? readFileSync(this.recordFile, 'utf8') : '';
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(line => line !== '').map(line => {
      const [, id, at, data] = /^start (\S+) (\d+) (.*)$/s.exec(line);
      return { id, at: Number(at), data: JSON.parse(data) };
    });
  }

  /** The invocations of each task that was invoked at all, by its id. */
  invocations() {
    const invocations = new Map();
    for (const line of this.record()) invocations.set(line.id, [...(invocations.get(line.id) ?? []), line]);
    return invocations;
  }

  #end() {
    for (const server of this.#servers) server.killNow();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

// A test runner that gives up says so with a signal; ending by exit() runs what is registered above.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
