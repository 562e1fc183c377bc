import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const fails = { functionName: 'breaks' };
const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

/** A function whose error has two lines and an escape of a terminal in it. */
function addBreakingFunction(workspace) {
  workspace.addFunction('breaks', "export const handler = () => { throw new RangeError('first \\u001b[31mred\\nsecond'); };");
}

test('a server whose output nobody reads goes on working', async t => {
  const workspace = new Workspace(t);
  // Every request leaves dozens of lines: far more than the pipe and the log's own queue hold.
  const server = await workspace.start(
    {}, { env: { Logging__LogLevel__Default: 'Trace', Logging__LogLevel__Microsoft: 'Trace' }, isRead: false });
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => server.create(workspace.task())));
  await server.untilCount('complete', 1_000);
  assert.equal((await server.signal('SIGTERM')).code, 0);
});

test('a failed task leaves one line with its id, function and error, and its time in UTC', async t => {
  const workspace = new Workspace(t);
  addBreakingFunction(workspace);
  const server = await workspace.start();
  const { id } = await server.create(fails);
  await server.untilCount('failed', 1);
  await until('it is logged', () => server.output.includes(`Task ${id}`), { seen: () => server.output });
  const lines = server.output.split('\n').filter(line => line.includes(`Task ${id}`));
  assert.equal(lines.length, 1, server.output);
  assert.match(lines[0], timestamp);
  assert.match(lines[0], /of breaks failed: RangeError \(runtime\): first \\u001B\[31mred second/);
});

test('every line is JSON where the JSON format is set, in either way', async t => {
  for (const options of [{ env: { Logging__Console__FormatterName: 'json' } }, { args: ['--Logging:Console:FormatterName=json'] }]) {
    const workspace = new Workspace(t);
    addBreakingFunction(workspace);
    const server = await workspace.start({}, options);
    const { id } = await server.create(fails);
    await server.untilCount('failed', 1);
    await until('it is logged', () => server.output.includes(id), { seen: () => server.output });
    const { output } = await server.signal('SIGTERM');
    const entries = output.trim().split('\n').map(line => JSON.parse(line));
    assert.ok(entries.every(entry => timestamp.test(entry.Timestamp)), output);
    const failed = entries.find(entry => entry.EventId === 316);
    assert.deepEqual([failed.State.TaskId, failed.State.Function, failed.State.ErrorName], [id, 'breaks', 'RangeError']);
    assert.ok(entries.some(entry => entry.EventId === 505 && entry.State.Urls.includes(server.url)), output);
  }
});
