import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Servers } from './harness/servers.mjs';

const port = made => Number(new URL(made.environment.ConnectionStrings__rabbitmq).port);
const queues = async made => (await made.run('rabbitmqctl', '-q', 'list_queues', '-p', 'tasksbus', '--no-table-headers', 'name', 'messages')).trim();
const declare = `Name = rabbit_misc:r(<<"tasksbus">>, queue, <<"kept">>), {new, _} = rabbit_amqqueue:declare(Name, true, false, [], none, <<"test">>), ok.`;
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

test('two folders have servers of their own; each keeps its port and what is durable, and leaves no process', { timeout: 180_000 }, async t => {
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
  await one.run('purge-rabbitmq');
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
