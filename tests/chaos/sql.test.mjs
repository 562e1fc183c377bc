import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../end-to-end/harness/wait.mjs';
import { Cluster } from './harness/cluster.mjs';
import { inForm } from './harness/form.mjs';
import { random } from './harness/random.mjs';
import { judge, say, Watch } from './harness/verdict.mjs';

const here = resolve(fileURLToPath(import.meta.url), '..');
const password = 'only here';
const cluster = new Cluster({ WorkerSlots: 20 });
before(async () => {
  await cluster.start();
  await cluster.have(['dispatcher-1', 'dispatcher-2', 'worker-1']);
  // A user that may do nothing but this.
  await cluster.servers('psql', '-qv', 'ON_ERROR_STOP=1', '-f', resolve(here, '../../ops/sql/publisher.sql'), '-c', `
    create role web_shop login password '${password}' in role tasksbus_publisher;
    create schema shop;
    create table shop.orders(key text primary key, task_id text not null);
    grant usage on schema shop to web_shop;
    grant insert on shop.orders to web_shop`);
});
after(() => cluster.stop());

/** Processes of another service that schedule by SQL, and what they said of their transactions. One that asks for it is killed. */
class Shops {
  name = `q${process.pid}`;
  kills = 0;
  /** The keys of orders, by what was said of their transactions; each transaction has begun. */
  keys = { begun: new Set(), committed: new Set(), 'rolled-back': new Set(), cut: new Set(), held: new Set() };
  #running = new Map();
  #started = 0;
  #isEnough = false;

  start(number) {
    for (let i = 0; i < number; i++) this.#launch();
  }

  owns(key) {
    return key?.startsWith(`${this.name}-`);
  }

  /** Lets each transaction come to its end. */
  async enough() {
    this.#isEnough = true;
    for (const shop of this.#running.keys()) shop.stdin.end();
    await Promise.all(this.#running.values());
    if (this.failure) throw new Error(this.failure);
  }

  kill() {
    this.#isEnough = true;
    for (const shop of this.#running.keys()) shop.kill('SIGKILL');
    return Promise.all(this.#running.values());
  }

  #launch() {
    const { host, port, database } = cluster.database;
    const shop = spawn(process.execPath, [resolve(here, 'harness/shop.mjs'), `${this.name}-${this.#started++}`], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env, SEED: String(Math.floor(random() * 2 ** 32)),
        PGHOST: host, PGPORT: port, PGDATABASE: database, PGUSER: 'web_shop', PGPASSWORD: password,
      },
    });
    let [rest, errors] = ['', ''];
    shop.stdin.on('error', () => {}); // It was killed.
    shop.stderr.on('data', chunk => errors += chunk);
    shop.stdout.on('data', chunk => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const [what, ...keys] of lines.map(line => line.split(' '))) {
        for (const key of keys) this.keys[what].add(key);
        if (what === 'held') shop.kill('SIGKILL');
      }
    });
    this.#running.set(shop, new Promise(done => shop.once('close', (code, signal) => {
      this.#running.delete(shop);
      if (signal === 'SIGKILL') this.kills++;
      else if (code !== 0) this.failure ??= `A shop ended with ${code ?? signal}: ${errors}`;
      if (!this.#isEnough) this.#launch();
      done();
    })));
  }
}

test('services that schedule by SQL, a third of their transactions in vain, and the broker killed again and again', async t => {
  const [shops, watch, faults] = [new Shops(), new Watch(cluster), []];
  const invoked = () => cluster.recorder.byKey(shops).size;
  const more = number => {
    const before = invoked();
    return until(`${number} more tasks are invoked`, () => {
      if (shops.failure) throw new Error(shops.failure);
      return invoked() >= before + number;
    }, { seen: () => `${invoked() - before} were, and ${shops.keys.committed.size} orders are committed.` });
  };
  try {
    shops.start(2);
    await more(50);
    for (let i = 0; i < inForm(3, 20); i++) {
      await cluster.servers('kill-rabbitmq');
      const leader = i % 3 === 1 ? await cluster.leader() : undefined;
      await leader?.kill();
      if (i % 3 === 2) {
        await cluster.servers('stop-postgresql', 'immediate');
        await cluster.servers('start-postgresql');
      }
      await cluster.servers('start-rabbitmq');
      if (leader) await cluster.launch(leader.name);
      faults.push({ endedAt: Date.now() });
      await more(100);
    }
    await shops.enough();

    say(t, { ...await verdict(shops, faults), 'processes killed': shops.kills });
    await watch.end();
  } catch (error) {
    cluster.keepOutput(t);
    throw error;
  } finally {
    await shops.kill();
    await watch.end().catch(() => {});
  }
});

/** The orders that are there are those whose transactions were committed: they alone have a task, which has run once. */
async function verdict(shops, faults) {
  await until('no transaction is open', async () =>
    (await cluster.sql(`select 1 from pg_stat_activity where application_name = 'shop'`)).length === 0);
  const orders = new Map(await cluster.sql('select key, task_id from shop.orders'));
  const { begun, committed, ...vain } = shops.keys;
  assert.deepEqual([...orders.keys()].filter(key => !begun.has(key)), [], 'orders of nobody');
  assert.deepEqual([...committed].filter(key => !orders.has(key)), [], 'orders that were committed and are not there');
  for (const [what, keys] of Object.entries(vain)) {
    assert.ok(keys.size > 0, `no transaction was ${what}`);
    assert.deepEqual([...keys].filter(key => orders.has(key)), [], `orders that were ${what} and are there`);
  }

  const waiting = async () => (await cluster.sql('select count(*) from tasksbus.inbox'))[0][0];
  await until('every call is taken in', async () => await waiting() === '0', { seen: waiting });
  assert.deepEqual(await cluster.sql('select * from tasksbus.refusals'), []);
  const expected = [...orders].map(([key, id]) => `${key} ${id}`);
  const tasks = (await cluster.sql(`select data->>'key', left(replace(id::text, '-', ''), 24) from tasks`)).map(task => task.join(' '));
  assert.deepEqual(difference(tasks, expected), [], 'tasks of no committed order, or more than one of the same');
  assert.deepEqual(difference(expected, tasks), [], 'committed orders without their task');

  const accepted = new Map([...orders.keys()].map(key => [key, 'SQL']));
  const load = { name: shops.name, owns: key => shops.owns(key), accepted, sent: orders };
  const result = await judge(cluster, load, { faults, within: 300_000 });
  const invocations = cluster.recorder.invocations.map(({ key, id }) => `${key} ${id}`);
  assert.deepEqual(difference(invocations, expected), [], 'invocations of no committed order, or more than one of the same');
  assert.deepEqual(difference(expected, invocations), [], 'committed orders whose task was not invoked');
  assert.equal(await waiting(), '0');

  const said = Object.values({ committed, ...vain });
  const unsaid = [...begun].filter(key => !said.some(keys => keys.has(key)));
  return {
    ...result,
    'in vain': Object.entries(vain).map(([what, keys]) => `${keys.size} ${what}`).join(', '),
    'without a word': `${unsaid.length}, of which ${unsaid.filter(key => orders.has(key)).length} are committed`,
  };
}

/** What is in the one list and not in the other, each as often as it is there too often; the first few. */
function difference(one, other) {
  const rest = new Map();
  for (const each of other) rest.set(each, (rest.get(each) ?? 0) + 1);
  return one.filter(each => {
    const count = rest.get(each) ?? 0;
    rest.set(each, count - 1);
    return count <= 0;
  }).slice(0, 5);
}
