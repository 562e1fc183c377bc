import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';

const port = made => Number(new URL(made.environment.ConnectionStrings__rabbitmq).port);
const queues = async made =>
  (await made.run('rabbitmqctl', '-q', 'list_queues', '-p', 'tasksbus', '--no-table-headers', 'name', 'messages')).trim();
const declare = 'Name = rabbit_misc:r(<<"tasksbus">>, queue, <<"kept">>), '
  + '{new, _} = rabbit_amqqueue:declare(Name, true, false, [], none, <<"test">>), ok.';
const publish = `rabbit_basic:publish(rabbit_misc:r(<<"tasksbus">>, exchange, <<>>), <<"kept">>, [{delivery_mode, 2}], <<"a message">>).`;

/** Whether RabbitMQ listens. */
const listens = made => new Promise(done => {
  const socket = connect(port(made), '127.0.0.1', () => done(socket.destroy() && true)).once('error', () => done(false));
});

/** The processes that have the folder in their environment. */
function processesOf(folder) {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return environment.includes('TASKSBUS_SERVER=') && environment.includes(folder);
    } catch {
      return false; // It has ended, or is somebody else's.
    }
  });
}

test('two folders have servers of their own; each keeps its port and what is durable, '
  + 'and leaves no process', async t => {
  const [one, two] = [Servers.for(t), Servers.for(t)];
  await Promise.all([one.start(), two.start()]);
  const before = { ...one.environment };
  assert.notEqual(port(one), port(two));

  await one.query('create table kept (n int); insert into kept values (7)');
  await assert.rejects(two.query('select n from kept'), /does not exist/);
  await one.run('rabbitmqctl', 'eval', declare);
  await one.run('rabbitmqctl', 'eval', publish);
  assert.equal(await queues(one), 'kept\t1');
  assert.equal(await queues(two), '');
  await one.run('rabbitmqctl', 'purge_queue', '-p', 'tasksbus', 'kept');
  assert.equal(await queues(one), 'kept\t0');

  await one.run('kill-rabbitmq');
  assert.equal(await listens(one), false);
  await one.run('stop-postgresql', 'immediate');
  await assert.rejects(one.query('select 1'), /refused/);
  assert.deepEqual(await one.start(), before);
  assert.equal(await queues(one), 'kept\t0');
  assert.equal(await one.query('select n from kept'), '7');
  await one.run('reset-rabbitmq');
  assert.equal(await queues(one), '');

  await Promise.all([one.stop(), two.stop()]);
  assert.deepEqual([...processesOf(one.folder), ...processesOf(two.folder)], []);
  assert.equal(await listens(one), false);
});

const local = resolve(fileURLToPath(import.meta.url), '..', '..', '..', 'ops/local');
const run = promisify(execFile);

/** The processes that stand in for a build. */
const building = folder => readdirSync(folder)
  .filter(name => name.startsWith('building-'))
  .map(name => Number(name.slice('building-'.length)));

/** A copy of the scripts beside programs that stand in for real ones, in a folder that goes with the test. */
function scripts(t, programs) {
  const folder = mkdtempSync(join(tmpdir(), 'tasksbus-scripts-'));
  t.after(() => {
    for (const pid of building(folder)) try { process.kill(pid, 'SIGKILL'); } catch { /* it has ended */ }
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(local, join(folder, 'ops/local'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const options = { env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }, timeout: 30_000 };
  return { folder, options, at: name => join(folder, 'ops/local', name) };
}

test('a folder is for its user alone, its env can be sourced, '
  + 'and two starts at once find the same servers', async t => {
  const made = Servers.for(t);
  rmSync(made.folder, { recursive: true });
  mkdirSync(made.folder, { mode: 0o755 });
  const [first, second] = await Promise.all([made.start(), new Servers(made.folder).start()]);
  assert.deepEqual(first, second);
  assert.equal(statSync(made.folder).mode & 0o777, 0o700);
  const { stdout } = await run(
    'sh', ['-c', `. ${made.folder}/env && echo "$ConnectionStrings__tasksbus" && echo "$ConnectionStrings__rabbitmq"`]);
  assert.deepEqual(stdout.trim().split('\n'), [first.ConnectionStrings__tasksbus, first.ConnectionStrings__rabbitmq]);
  assert.equal(await made.query('select 1'), '1');
});

test('a folder that is open to others and holds other things is refused and stays as it is', async t => {
  const { folder } = scripts(t, {});
  chmodSync(folder, 0o755);
  await assert.rejects(run(join(local, 'servers.sh'), ['start', folder]), /is open to others and holds other things/);
  assert.equal(statSync(folder).mode & 0o777, 0o755);
});

test('a second cluster in the folder of the first is refused, also while the first is being built', async t => {
  const { folder, options, at } = scripts(
    t, { dotnet: `[ "$1" != --list-sdks ] || { echo '10.0.100 [here]'; exit 0; }\ntouch "$(dirname "$0")/../building-$$"; exec sleep 60` });
  const begin = () => {
    const first = spawn(at('cluster.sh'), { ...options, stdio: 'ignore' });
    t.after(() => first.kill('SIGKILL'));
    return first;
  };

  const first = begin();
  await until('the first one builds', () => building(folder).length === 1);
  assert.equal(statSync(join(folder, '.data')).mode & 0o777, 0o700);
  await assert.rejects(run(at('cluster.sh'), options), /in use by another cluster/);
  // What it started does not hold the folder once it is gone.
  const ended = new Promise(done => first.once('exit', done));
  first.kill('SIGKILL');
  await ended;
  begin();
  await until('the next one builds', () => building(folder).length === 2);
});

test('what runs on Linux only says so elsewhere, and what to do instead', async t => {
  const { options, at } = scripts(t, { uname: 'echo Darwin' });
  await assert.rejects(run(at('cluster.sh'), options), /make cluster needs Linux, and this is Darwin\. Use 'make run'/);
  await assert.rejects(run(at('servers.sh'), ['start', '/nowhere'], options), /servers\.sh needs Linux/);
  await assert.rejects(run(at('tools.sh'), ['servers'], options), /make cluster, test, chaos and bench\) needs Linux/);
});
