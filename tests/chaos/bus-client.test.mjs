import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';
import { judge, say, Watch } from './harness/verdict.mjs';

const program = resolve(
  fileURLToPath(import.meta.url), '../../TasksBus.BusPublisher/bin/Release/net10.0/TasksBus.BusPublisher.dll');
const cluster = new Cluster({ WorkerSlots: 20 });
before(async () => {
  await cluster.start();
  await cluster.have(['api', 'dispatcher-1', 'worker-1']);
});
after(() => cluster.stop());

/** The process of another service, and what it said of its calls; judged as any other load. */
class Service {
  name = `b${process.pid}`;
  sent = new Set();
  accepted = new Map();
  ended = new Map();
  again = 0;
  #process;
  #errors = '';

  constructor() {
    if (!existsSync(program))
      throw new Error(`Build it first: dotnet build -c Release tests/TasksBus.BusPublisher (there is no ${program})`);
    this.#process = spawn('dotnet', [program, cluster.connection('rabbitmq'), this.name], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', chunk => this.#errors += chunk);
    this.exited = new Promise(done => this.#process.once('close', code => done({ code, errors: this.#errors })));
    let rest = '';
    this.#process.stdout.on('data', chunk => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const [what, key] of lines.map(line => line.split(' '))) {
        if (what === 'sent') this.sent.add(key);
        else if (what === 'accepted') this.accepted.set(key, 'bus client');
        else if (what === 'again') this.again++;
        else this.ended.set(key, what);
      }
    });
  }

  owns(key) {
    return key?.startsWith(`${this.name}-`);
  }

  enough() {
    this.#process.stdin.end();
    return this.exited;
  }

  kill() {
    this.#process.kill('SIGKILL');
    return this.exited;
  }
}

test('a service with nothing but the client package, and its broker killed again and again', async t => {
  const [service, watch, faults] = [new Service(), new Watch(cluster), []];
  try {
    const more = number => {
      const before = service.accepted.size;
      return until(`${number} more are accepted`, () => service.accepted.size >= before + number, {
        seen: () => `${service.accepted.size - before} are; ${service.again} calls were made again`,
      });
    };
    await more(50);
    for (let i = 0; i < inForm(3, 20); i++) {
      await cluster.servers('kill-rabbitmq');
      await cluster.servers('start-rabbitmq');
      faults.push({ endedAt: Date.now() });
      await more(100);
    }
    assert.deepEqual(await service.enough(), { code: 0, errors: '' });

    assert.equal(service.accepted.size, service.sent.size, 'every call came to its end');
    const result = await judge(cluster, service, { faults });
    assert.ok(service.ended.size > 10, `${service.ended.size} waits ended`);
    assert.deepEqual([...new Set(service.ended.values())], ['complete']);
    await watch.end();
    say(t, { ...result, 'waits that ended': service.ended.size, 'calls made again': service.again });
  } finally {
    await service.kill();
    await watch.end().catch(() => {});
  }
});
