import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { openBrowser } from './harness/browser.mjs';
import { heading, openPage } from './harness/dashboard.mjs';
import { newApiKey } from './harness/server.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

/** One address for several servers: each connection goes to the next one, and to another where that one is gone. */
async function spread(t, servers) {
  const used = new Map(servers.map(server => [server, 0]));
  let next = 0;
  const proxy = createServer(socket => {
    const reach = (attempts = 0) => {
      const server = servers[next++ % servers.length];
      const there = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
        used.set(server, used.get(server) + 1);
        socket.pipe(there).pipe(socket);
      });
      there.once('error', () => there.bytesRead === 0 && attempts < servers.length ? reach(attempts + 1) : socket.destroy());
      socket.once('error', () => there.destroy()).once('close', () => there.destroy());
    };
    reach();
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  return { url: `http://localhost:${proxy.address().port}`, used };
}

test('several processes behind one address show the dashboard, and one that is killed loses nobody', async t => {
  const workspace = new Workspace(t);
  const env = await Servers.for(t).start();
  const { key, settings } = newApiKey('all');
  const one = await workspace.start({ ...settings, Roles: 'api,dispatcher' }, { env, key });
  const other = await workspace.start({ ...settings, Roles: 'api' }, { env, key });
  const { url, used } = await spread(t, [one, other]);
  const { id } = await one.create({ functionName: 'hello', startTimestamp: '2999-01-01T00:00:00Z' });
  const { tab, faults } = await openPage(t, await openBrowser(t), { url }, { path: '/dashboard/tasks' });

  await tab.getByLabel('API key').fill(key);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await heading(tab, 'Tasks');
  for (let i = 0; i < 4; i++) {
    await tab.goto(`${url}/dashboard/tasks/${id}`);
    await heading(tab, 'hello');
    await tab.getByText('Why it waits.').waitFor();
    await tab.goto(`${url}/dashboard`);
    await heading(tab, 'Overview');
  }
  for (const [server, connections] of used) assert.ok(connections > 0, `${server.url} was not asked`);
  assert.deepEqual(faults, []);

  await tab.goto(`${url}/dashboard/tasks`);
  await heading(tab, 'Tasks');
  await other.kill();
  await one.create({ functionName: 'later', startTimestamp: '2999-01-01T00:00:00Z' });
  // The page is live on the process that is left, without another sign-in.
  await tab.getByRole('link', { name: 'later' }).waitFor({ timeout: 90_000 });
  await tab.getByRole('link', { name: 'later' }).click();
  await heading(tab, 'later');
  await tab.getByRole('button', { name: 'Cancel', exact: true }).click();
  await tab.getByRole('button', { name: 'Cancel the task' }).click();
  await until('it is canceled', async () => await one.count('canceled') === 1);
});

test('a script of a page that does not come is asked for again', async t => {
  const server = await new Workspace(t).start();
  const { tab } = await openPage(t, await openBrowser(t), server);
  await heading(tab, 'Overview');
  for (const script of ['MudBlazor.min.js', 'dashboard.js', 'blazor.web.js']) {
    let asked = 0;
    await tab.route(url => url.pathname.includes(script.split('.')[0]) && url.pathname.endsWith('.js'), route =>
      asked++ === 0 ? route.abort() : route.continue());
    await tab.goto(`${server.url}/dashboard/tasks`);
    await until(`${script} is asked for again`, () => asked > 1);
    await heading(tab, 'Tasks');
    await tab.unrouteAll();
  }
});
