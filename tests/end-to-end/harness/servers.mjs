import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..', 'ops/local/servers.sh');
const run = promisify(execFile);

/** A private RabbitMQ and PostgreSQL in a folder; commands are those of ops/local/servers.sh. */
export class Servers {
  constructor(folder) {
    this.folder = folder;
  }

  /** In a folder of its own; both are stopped, and the folder goes, when the test ends. */
  static for(t) {
    const servers = new Servers(mkdtempSync(join(tmpdir(), 'tasksbus-servers-')));
    t.after(async () => {
      await servers.stop();
      rmSync(servers.folder, { recursive: true, force: true });
    });
    return servers;
  }

  /** Starts both, and returns what a server needs in its environment to use them. */
  async start() {
    const output = await this.run('start');
    this.environment = Object.fromEntries(
      output.trim().split('\n').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return this.environment;
  }

  /** One command, such as kill-rabbitmq, once it is done; returns what it printed. */
  async run(command, ...args) {
    return (await run(script, [command, this.folder, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  }

  /** The same as a process that goes on, and reads what it is told. */
  spawn(command, ...args) {
    return spawn(script, [command, this.folder, ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  }

  async query(sql) {
    return (await this.run('psql', '-Atc', sql)).trim();
  }

  stop() {
    return this.run('stop');
  }

  /** The same at the end of our own process, when nothing can be waited for. */
  stopNow() {
    execFileSync(script, ['stop', this.folder], { stdio: 'ignore' });
  }
}
