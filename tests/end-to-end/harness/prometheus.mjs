import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './server.mjs';
import { until } from './wait.mjs';

const rules = resolve(fileURLToPath(import.meta.url), '..', '..', '..', '..', 'ops/monitoring/alerts.yml');

/** A Prometheus with the alert rules of the product, which looks at its targets every second. It stops when the test ends. */
export class Prometheus {
  #folder = mkdtempSync(join(tmpdir(), 'tasksbus-prometheus-'));
  #process;
  #output = '';
  #url;

  static async start(t) {
    const prometheus = new Prometheus();
    const leave = () => prometheus.#process?.kill('SIGKILL');
    process.once('exit', leave);
    t.after(async () => {
      const ended = new Promise(done => prometheus.#process.once('close', done));
      leave();
      await ended;
      process.off('exit', leave);
      rmSync(prometheus.#folder, { recursive: true, force: true });
    });
    await prometheus.#start();
    return prometheus;
  }

  /** Watches exactly these servers from now on. */
  watch(servers) {
    const targets = servers.map(({ url, name }) => ({ targets: [new URL(url).host], labels: { member: name } }));
    writeFileSync(join(this.#folder, 'targets.json'), JSON.stringify(targets));
  }

  /** The series that an expression gives: each with its labels and its value. */
  async query(expression) {
    const { result } = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
    return result.map(({ metric, value: [, value] }) => ({ ...metric, value: Number(value) }));
  }

  /** The alerts that fire, or will fire if what they see goes on for as long as their rules say. */
  async alerts() {
    return (await this.#ask('alerts')).alerts.map(({ labels, state }) => ({ ...labels, state }));
  }

  async #start() {
    const port = await freePort();
    this.#url = `http://127.0.0.1:${port}`;
    mkdirSync(join(this.#folder, 'data'));
    copyFileSync(rules, join(this.#folder, 'alerts.yml'));
    this.watch([]);
    writeFileSync(join(this.#folder, 'prometheus.yml'), JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['alerts.yml'],
      scrape_configs: [{ job_name: 'tasksbus', file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }] }],
    }));
    this.#process = spawn('prometheus', [
      '--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn',
    ], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) stream.on('data', chunk => this.#output += chunk);
    await until('Prometheus is ready', async () => {
      if (this.#process.exitCode !== null) throw new Error(`Prometheus ended:\n${this.#output}`);
      try {
        return (await fetch(`${this.#url}/-/ready`)).ok;
      } catch {
        return false; // It does not listen yet.
      }
    }, { seen: () => this.#output });
  }

  async #ask(path) {
    const response = await fetch(`${this.#url}/api/v1/${path}`);
    const { status, data, error } = await response.json();
    if (status !== 'success') throw new Error(`Prometheus refuses ${decodeURIComponent(path)}: ${error}`);
    return data;
  }
}
