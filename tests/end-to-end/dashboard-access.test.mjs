import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { openBrowser } from './harness/browser.mjs';
import { busyServer, heading, look, openPage } from './harness/dashboard.mjs';
import { newApiKey, programOf } from './harness/server.mjs';
import { Workspace } from './harness/workspace.mjs';

// Who may see the dashboard, and what becomes of an open page when that or its server ends, in a real browser.

test('who signs in by a key sees what the key may see', async t => {
  const all = newApiKey('all');
  const viewer = newApiKey('viewer', 'VIEW_TASKS,VIEW_SYSTEM_STATUS', 1);
  const { server } = await busyServer(t, { ...all.settings, ...viewer.settings }, { key: all.key });
  const browser = await openBrowser(t);
  const { tab, faults } = await openPage(t, browser, server, { path: '/dashboard/tasks?status=failed' });

  await heading(tab, 'TasksBus');
  await look(tab, 'sign-in');
  await tab.getByLabel('API key').fill('tbk_wrong');
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('alert').getByText('not known').waitFor();
  await tab.getByLabel('API key').fill(viewer.key);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await heading(tab, 'Tasks');
  assert.equal(new URL(tab.url()).search, '?status=failed');

  // What the key may not do is not offered.
  assert.equal(await tab.getByRole('link', { name: 'Schedule a task' }).count(), 0);
  assert.equal(await tab.getByRole('link', { name: 'Schedules' }).count(), 0);
  await tab.locator('tbody a').first().click();
  await tab.getByText('Timeline').waitFor();
  assert.equal(await tab.getByRole('button', { name: 'Run again' }).count(), 0);
  assert.equal(await tab.getByRole('heading', { name: 'Log' }).count(), 0);
  await tab.goto(`${server.url}/dashboard/schedules`);
  await tab.getByRole('alert').getByText("The caller 'viewer' lacks the permission VIEW_TASK_SCHEDULES.").waitFor();

  const cookies = await tab.context().cookies();
  const cookie = cookies.find(({ name }) => name === 'tasksbus-dashboard');
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
  assert.ok(!cookies.some(({ value }) => value.includes(viewer.key)));

  // Another page that is open ends with the sign-out too.
  const other = await tab.context().newPage();
  await other.goto(`${server.url}/dashboard/tasks`);
  await heading(other, 'Tasks');
  await tab.getByRole('button', { name: 'Sign out' }).click();
  await other.getByLabel('API key').waitFor({ timeout: 30_000 });
  await tab.getByLabel('API key').waitFor();
  await tab.goto(`${server.url}/dashboard`);
  await tab.getByLabel('API key').waitFor();
  assert.deepEqual(faults, []);
});

test('an open page of a revoked key leads to the sign-in within seconds', async t => {
  const all = newApiKey('all');
  const workspace = new Workspace(t);
  const server = await workspace.start(all.settings, { key: all.key });
  const command = (...args) => execFileSync(
    'dotnet', [programOf('TasksBus.Server'), ...args, `--TasksBus:DataPath=${workspace.data}`], { encoding: 'utf8' });
  const [key] = command('--new-api-key', 'guest', '--store', '--permissions', 'CREATE_TASKS').split('\n');
  const browser = await openBrowser(t);
  const { tab } = await openPage(t, browser, server, { path: '/dashboard/new' });
  await tab.getByLabel('API key').fill(key);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await heading(tab, 'Schedule a task');

  command('--revoke-api-key', 'guest');
  await tab.getByLabel('API key').waitFor({ timeout: 20_000 });
  assert.match(tab.url(), /sign-in\?return=%2Fdashboard%2Fnew$/);
});

test('a page whose server is gone says so, and goes on where it was when the server is back', async t => {
  const { workspace, server } = await busyServer(t);
  const browser = await openBrowser(t);
  const { tab } = await openPage(t, browser, server, { path: '/dashboard/tasks?status=failed' });
  await heading(tab, 'Tasks');

  await server.kill();
  await tab.getByText('The connection to the server is lost.').waitFor({ timeout: 60_000 });
  await workspace.start({}, { port: new URL(server.url).port });
  await tab.getByText(/^\d+ tasks, the last of the list$/).waitFor({ timeout: 60_000 });
  await tab.getByText('The connection to the server is lost.').waitFor({ state: 'hidden' });
  assert.equal(new URL(tab.url()).search, '?status=failed');
});
