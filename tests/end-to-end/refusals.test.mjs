import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, newApiKey } from './harness/server.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

/** The server ends with an error, one line that says why, and no stack trace. */
async function refuses(server, why) {
  const { code, errors, output } = await server.exited;
  assert.ok(code !== 0 && code !== null, `exit code ${code}`);
  const lines = errors.split('\n').filter(line => line.trim() !== '');
  assert.equal(lines.length, 1, errors);
  assert.match(lines[0], /^tasksbus: /);
  assert.match(lines[0], why);
  assert.doesNotMatch(output, /^\s+at \S+\(/m);
  assert.doesNotMatch(output, /^TasksBus listens/m);
}

/** A port that something listens on until the test ends. */
async function takenPort(t) {
  const other = createServer().listen(0, 'localhost');
  t.after(() => other.close());
  await new Promise(done => other.once('listening', done));
  return other.address().port;
}

test('a second server on the same data folder is refused, and the first goes on', async t => {
  const workspace = new Workspace(t);
  const first = await workspace.start({ WorkerSlots: 1 });
  await refuses(workspace.launch({}, { port: await freePort() }), /in use by another server/);
  await first.create(workspace.task());
  await first.untilCount('complete', 1);
});

test('a port in use is refused', async t => {
  const workspace = new Workspace(t);
  const port = await takenPort(t);
  await refuses(workspace.launch({}, { port }), new RegExp(`${port}.*in use`));
});

test('a server that finds its port in use has touched no task', async t => {
  const workspace = new Workspace(t);
  const before = await workspace.start({ WorkerSlots: 1 });
  const due = Date.now() + 3_000;
  await before.createMany(Array.from({ length: 50 }, () => workspace.task({}, { startTimestamp: new Date(due).toISOString() })));
  await before.signal('SIGTERM');
  await until('the tasks are due', () => Date.now() > due);

  const { code } = await workspace.launch({ WorkerSlots: 10 }, { port: await takenPort(t) }).exited;
  assert.notEqual(code, 0);
  assert.deepEqual(workspace.record(), []);
  const again = await workspace.start({ WorkerSlots: 10 });
  await again.untilAllEnded();
  assert.equal(await again.count('complete'), 50);
  for (const [id, lines] of workspace.invocations()) assert.equal(lines.length, 1, `${id} ran ${lines.length} times`);
});

test('a data folder that cannot be made is refused', async t => {
  const workspace = new Workspace(t);
  const file = join(workspace.folder, 'file');
  writeFileSync(file, '');
  await refuses(workspace.launch({ DataPath: join(file, 'data') }, { port: await freePort() }), /data folder/);
});

test('a database that is none is refused', async t => {
  const workspace = new Workspace(t);
  writeFileSync(join(workspace.data, 'tasksbus.db'), 'This is no database. '.repeat(1_000));
  await refuses(workspace.launch({}, { port: await freePort() }), /cannot be opened/);
});

for (const host of ['0.0.0.0', '[::]', '*', 'example.org']) {
  test(`listening on ${host} is refused without an API key`, async t => {
    const workspace = new Workspace(t);
    await refuses(workspace.launch({}, { url: `http://${host}:${await freePort()}` }), /beyond this machine.*--new-api-key/);
  });
}

test('with a key a port in use is refused on every address', async t => {
  const workspace = new Workspace(t);
  const port = await takenPort(t);
  await refuses(workspace.launch(newApiKey('all').settings, { url: `http://*:${port}` }), new RegExp(`${port}.*in use`));
});

test('a key in plain text is refused and not repeated', async t => {
  const workspace = new Workspace(t);
  const { key, settings } = newApiKey('all');
  const server = workspace.launch({ ...settings, 'ApiKeys:0:Hash': key }, { port: await freePort() });
  await refuses(server, /ApiKeys:0:Hash.*plain text.*--new-api-key/);
  assert.ok(!server.output.includes(key));
});

for (const [name, value] of [['WorkerSlots', '0'], ['WorkerSlots', 'many'], ['TaskTimeLimit', '01:00:00'], ['WorkerLease', '00:00:01']]) {
  test(`${name}=${value} is refused`, async t => {
    const workspace = new Workspace(t);
    await refuses(workspace.launch({ [name]: value }, { port: await freePort() }), new RegExp(`TasksBus:${name}`));
  });
}

test('a missing folder of functions is refused', async t => {
  const workspace = new Workspace(t);
  await refuses(
    workspace.launch({ FunctionsPath: join(workspace.folder, 'nowhere') }, { port: await freePort() }), /functions.*does not exist/);
});
