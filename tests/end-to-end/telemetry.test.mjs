import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Collector } from './harness/collector.mjs';
import { Recorder } from './harness/recorder.mjs';
import { freePort, newApiKey, Server } from './harness/server.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

const metricsOf = async (server, headers = {}) => {
  const response = await fetch(`${server.url}/metrics`, { headers });
  return { status: response.status, text: await response.text() };
};

test('/metrics answers Prometheus where it is asked for, and only those who may see the status', async t => {
  const workspace = new Workspace(t);
  const silent = await workspace.start();
  assert.equal((await metricsOf(silent)).status, 404);
  await silent.kill();

  const open = await workspace.start({ Metrics: true });
  await open.create(workspace.task());
  await open.untilCount('complete', 1);
  const text = await until('the leader shows the pools', async () => {
    const { text } = await metricsOf(open);
    return text.includes('tasksbus_pool_workers') && text;
  });
  assert.match(text, /^tasksbus_task_accepted_total\{.*tasksbus_function="other".*tasksbus_pool="default".*\} 1$/m);
  assert.match(text, /^tasksbus_task_ended_total\{.*tasksbus_outcome="complete".*\} 1$/m);
  assert.match(text, /^tasksbus_task_start_delay_seconds_bucket\{.*le="3600".*\} 1$/m);
  assert.match(text, /^tasksbus_invocation_duration_seconds_count\{.*tasksbus_result="succeeded".*\} 1$/m);
  assert.match(text, /^tasksbus_leader\{.*\} 1$/m);
  assert.match(text, /^tasksbus_task_oldest_due_seconds\{.*\} 0$/m);
  assert.match(text, /^# TYPE tasksbus_commit_duration_seconds histogram$/m);
  await open.kill();

  const [watcher, other] = [newApiKey('watcher', 'VIEW_SYSTEM_STATUS', 0), newApiKey('other', 'VIEW_TASKS', 1)];
  const closed = await workspace.start({ Metrics: true, ...watcher.settings, ...other.settings });
  assert.equal((await metricsOf(closed)).status, 401);
  assert.equal((await metricsOf(closed, { Authorization: `Bearer ${other.key}` })).status, 401);
  assert.equal((await metricsOf(closed, { Authorization: `Bearer ${watcher.key}` })).status, 200);
});

test('one trace leads from a request over a trigger, api, dispatcher and worker to the function', async t => {
  const collector = await new Collector().start();
  t.after(() => collector.stop());
  const lambda = await Recorder.start(t);
  const servers = Servers.for(t);
  const connections = await servers.start();
  const members = [];
  t.after(() => Promise.all(members.map(member => member.kill())));
  const launch = async role => {
    const member = new Server(
      {
        Roles: role,
        'Lambda:Endpoint': `http://127.0.0.1:${lambda.port}`, 'Lambda:Region': 'local',
        'Lambda:AccessKey': 'any', 'Lambda:SecretKey': 'any',
      },
      { port: await freePort(), env: { ...connections, ...collector.environment(role) } });
    members.push(member);
    await member.untilReady();
    return member;
  };
  const [api] = await Promise.all(['api', 'dispatcher', 'worker'].map(launch));
  await api.ask('POST', '/../../dispatchers/v1/', {
    eventType: 'arrived', actions: [{ type: 'task', functionName: 'greet', data: { who: 'the world' } }],
  });

  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const response = await fetch(`${api.url}/events/v1/`, {
    method: 'POST', body: JSON.stringify({ type: 'arrived', content: {} }),
    headers: { 'Content-Type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
  });
  assert.equal(response.status, 200, await response.text());

  const expected = ['POST', 'claim', 'invoke', 'release', 'report', 'run', 'wait'];
  const spans = await until('all spans have arrived', () => {
    const found = collector.spans.filter(span => span.traceId === traceId);
    return found.length >= expected.length && found;
  }, { seen: () => JSON.stringify(collector.spans.map(span => [span.service, span.traceId, span.name])) });

  const named = Object.fromEntries(spans.map(span => [span.name.split(' ')[0], span]));
  assert.deepEqual(spans.map(span => `${span.service} ${span.name.split(' ')[0]}`).sort(), [
    'api POST', 'dispatcher release', 'worker claim', 'worker invoke', 'worker report', 'worker run', 'worker wait']);
  assert.equal(named.POST.parent, 'b7ad6b7169203331');
  for (const name of ['wait', 'release', 'run']) assert.equal(named[name].parent, named.POST.id, name);
  for (const name of ['claim', 'invoke', 'report']) assert.equal(named[name].parent, named.run.id, name);
  for (const span of spans) assert.ok(span.from <= span.to, span.name);
  assert.ok(named.claim.from <= named.claim.to && named.claim.to <= named.invoke.from && named.invoke.to <= named.report.from);
  assert.equal(named.invoke.attributes['faas.invoked_name'], 'greet');
  assert.equal(named.run.attributes['tasksbus.function'], 'greet');
  assert.equal(named.run.attributes['tasksbus.task.id'], named.release.attributes['tasksbus.task.id']);
  assert.ok(!spans.some(span => span.error));

  // A rerun has the trace of its request, which links to that of the first task.
  const rerunTrace = 'a'.repeat(32);
  const task = named.run.attributes['tasksbus.task.id'];
  const rerun = await fetch(`${api.url}/tasks/v1/${task}/rerun`, {
    method: 'POST', headers: { traceparent: `00-${rerunTrace}-b7ad6b7169203331-01` },
  });
  assert.equal(rerun.status, 200, await rerun.text());
  const [request, again] = await until('the spans of the rerun have arrived', () => {
    const found = ['POST', 'run'].map(name => collector.spans.find(span => span.traceId === rerunTrace && span.name.startsWith(name)));
    return found.every(Boolean) && found;
  });
  assert.deepEqual(request.links, [traceId]);
  assert.equal(again.attributes['messaging.operation.type'], 'process');
  assert.notEqual(again.attributes['tasksbus.task.id'], task);

  // The function sees the trace in the form of X-Ray.
  const invocation = lambda.requests.find(request => request.path.includes('greet'));
  assert.equal(
    invocation.headers['x-amzn-trace-id'], `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${named.invoke.id};Sampled=1`);

  const wanted = ['api tasksbus.task.accepted', 'dispatcher tasksbus.pool.workers', 'worker tasksbus.task.ended'];
  await until('metrics have arrived', () => wanted.every(name => collector.metrics.has(name)),
    { seen: () => [...collector.metrics].join() });
  await until('logs have arrived', () => collector.logs.some(log => log.service === 'dispatcher' && /This process leads/.test(log.body)),
    { seen: () => JSON.stringify(collector.logs) });
});
