import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openBrowser } from './harness/browser.mjs';
import { heading, look, openPage } from './harness/dashboard.mjs';
import { IdentityProvider } from './harness/provider.mjs';
import { freePort, newApiKey } from './harness/server.mjs';
import { Servers } from './harness/servers.mjs';
import { until } from './harness/wait.mjs';
import { Workspace } from './harness/workspace.mjs';

// People sign in to the dashboard by a real OpenID Connect provider, in a real browser. The provider is on another site than the server.

const people = { ann: { roles: ['operators', 'all staff'] }, vic: { roles: ['viewers'] }, sam: { roles: ['sales'] } };

const groups = {
  'Groups:0:Name': 'operators', 'Groups:0:Permissions': 'VIEW_SYSTEM_STATUS,VIEW_TASKS,CREATE_TASKS,CANCEL_TASKS',
  'Groups:1:Name': 'viewers', 'Groups:1:Permissions': 'VIEW_TASKS',
};

// The most that a log can say of the dashboard and its library.
const everything = ['--Logging:LogLevel:Default=Trace', '--Logging:LogLevel:Microsoft.AspNetCore=Trace',
  '--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Warning'];

/** A provider, and a server whose visitors sign in there. */
async function start(t, settings = {}, { args } = {}) {
  const port = await freePort();
  const provider = await IdentityProvider.start(t, people, { addresses: [`http://localhost:${port}`] });
  const workspace = new Workspace(t);
  const { key, settings: ofKey } = newApiKey('all');
  const server = await workspace.start({ ...provider.settings, ...groups, ...ofKey, ...settings }, { port, key, args });
  return { provider, server, workspace };
}

const button = tab => tab.getByRole('link', { name: 'Sign in with Example ID' });

/** Goes to the provider, which does not know the browser yet, and says a name there. */
async function signIn(tab, name) {
  await button(tab).click();
  await heading(tab, 'Who are you?');
  await tab.getByLabel('Name').fill(name);
  await tab.getByRole('button', { name: 'Go on' }).click();
}

const note = (tab, text) => tab.getByRole('alert').getByText(text).waitFor();

test('people sign in by their provider, see what their groups may see, and sign out here and there', async t => {
  const { provider, server } = await start(t, {}, { args: everything });
  const browser = await openBrowser(t);
  const { tab, faults } = await openPage(t, browser, server, { path: '/dashboard/tasks?status=failed', also: provider.url });
  const cookies = () => tab.context().cookies(`${server.url}/dashboard/sign-in/callback`);
  const returns = [];
  tab.on('request', request => {
    if (request.url().includes('/callback?')) returns.push(request.url());
  });
  let session;

  await t.test('the way there has cookies of its own, and the way back leads to the page that was asked for', async () => {
    await heading(tab, 'TasksBus');
    await look(tab, 'sign-in-provider');
    await button(tab).click();
    await heading(tab, 'Who are you?');
    const onTheWay = (await cookies()).filter(({ name }) => name.startsWith('tasksbus-sign-in'));
    assert.deepEqual(onTheWay.map(({ httpOnly, sameSite, path }) => [httpOnly, sameSite, path]),
      Array(2).fill([true, 'Lax', '/dashboard/sign-in/callback']));
    await tab.getByLabel('Name').fill('vic');
    await tab.getByRole('button', { name: 'Go on' }).click();
    await heading(tab, 'Tasks');
    assert.equal(tab.url(), `${server.url}/dashboard/tasks?status=failed`);
    session = (await cookies()).filter(({ name }) => name.startsWith('tasksbus-') && name !== 'tasksbus-dashboard-form');
    assert.deepEqual(session.map(({ name, httpOnly, sameSite, path }) => [name, httpOnly, sameSite, path]),
      [['tasksbus-dashboard', true, 'Strict', '/']]);
    await tab.getByText('vic@example.org').waitFor();
  });

  await t.test('a viewer is offered what a viewer may do', async () => {
    assert.equal(await tab.getByRole('link', { name: 'Schedule a task' }).count(), 0);
    await tab.goto(`${server.url}/dashboard/new`);
    await tab.getByText("The caller 'vic@example.org' lacks the permission CREATE_TASKS.").waitFor();
    assert.equal(await tab.getByLabel('Function').count(), 0);
    await tab.goto(`${server.url}/dashboard`);
    await tab.getByRole('alert').getByText('lacks the permission VIEW_SYSTEM_STATUS').waitFor();
  });

  await t.test('a way back counts once', async () => {
    assert.equal(returns.length, 1);
    const replay = await tab.context().newPage();
    await replay.goto(returns[0]);
    // The browser still has its session, so the sign-in page leads on.
    await heading(replay, 'Tasks');
    await replay.close();
    const stranger = await openPage(t, browser, server, { path: new URL(returns[0]).pathname + new URL(returns[0]).search });
    await note(stranger.tab, 'Begin again.');
  });

  await t.test('a sign-out ends the session here, and the link after it the one at the provider', async () => {
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await note(tab, 'You are signed out of this dashboard, and still signed in to Example ID.');
    await look(tab, 'signed-out');
    // The provider knows the browser still, and asks nothing.
    await button(tab).click();
    await heading(tab, 'Overview');
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.getByRole('link', { name: 'Sign out of Example ID' }).click();
    await tab.getByRole('button', { name: 'Yes' }).click();
    await button(tab).waitFor();
    assert.equal(new URL(tab.url()).pathname, '/dashboard/sign-in');
  });

  await t.test('an operator makes a task, which tells who made it', async () => {
    await tab.goto(`${server.url}/dashboard/new`);
    await signIn(tab, 'ann');
    await heading(tab, 'Schedule a task');
    await tab.getByLabel('Function').fill('hello');
    await tab.getByLabel('Start').fill('2999-01-01T12:00:00');
    await tab.getByRole('button', { name: 'Schedule', exact: true }).click();
    await heading(tab, 'hello');
    const task = await server.get(new URL(tab.url()).pathname.split('/').at(-1));
    assert.match(task.createdByUserId, /^[0-9a-f]{24}$/);
    assert.match(task.createdByApplicationId, /^[0-9a-f]{24}$/);
  });

  await t.test('a link of another site opens the page of somebody who is signed in', async () => {
    const mail = await tab.context().newPage();
    await mail.goto(`${provider.url}/.well-known/openid-configuration`);
    await mail.setContent(`<a href="${server.url}/dashboard/tasks?tag=mail">the task</a>`);
    await mail.getByRole('link', { name: 'the task' }).click();
    await heading(mail, 'Tasks');
    assert.equal(new URL(mail.url()).search, '?tag=mail');
    await mail.close();
  });

  await t.test('nobody is led out of the dashboard', async () => {
    for (const wanted of [`${provider.url}/evil`, '//evil.example/', '/tasks/v1/', '/dashboard/sign-out/provider']) {
      await tab.goto(`${server.url}/dashboard/sign-in/provider?return=${encodeURIComponent(wanted)}`);
      await heading(tab, 'Overview');
      assert.equal(tab.url(), `${server.url}/dashboard`);
    }
  });
  assert.deepEqual(faults, []);

  await t.test('the log has no secret of all this', async () => {
    const { output, errors } = await server.signal('SIGTERM');
    const log = output + errors;
    const codes = returns.map(url => new URL(url).searchParams.get('code'));
    const secrets = [provider.secret, server.key, session[0].value, ...codes, ...provider.tokens];
    assert.ok(provider.tokens.length >= 4 && provider.tokens.every(token => token.length > 20));
    for (const secret of secrets) assert.ok(!log.includes(secret.split('.').at(-1)), `${secret} is in the log`);
    assert.match(log, /A sign-in by Example ID failed: the browser came back without the cookies of its attempt/);
  });
});

test('who is refused, or may do nothing, learns what to do, and so does the operator', async t => {
  const { provider, server } = await start(t);
  const { tab, faults } = await openPage(t, await openBrowser(t), server, { path: '/dashboard/bulk', also: provider.url });

  await button(tab).click();
  await tab.getByRole('button', { name: 'Refuse' }).click();
  await note(tab, 'Example ID did not let you in.');
  await look(tab, 'sign-in-denied');
  await until('the log says so', () => server.output.includes('the provider did not let somebody in'));

  await signIn(tab, 'sam');
  await heading(tab, 'You may see nothing here');
  await tab.getByText('sam@example.org').last().waitFor();
  await tab.getByText('roles', { exact: true }).waitFor();
  await look(tab, 'nothing-allowed');
  await until('the log says so', () => server.output.includes(
    'sam@example.org signed in by Example ID and may do nothing: the claim roles has sales.'));
  await tab.getByRole('main').getByRole('button', { name: 'Sign out' }).click();
  await note(tab, 'You are signed out');

  await provider.stop();
  await button(tab).click();
  await note(tab, 'Example ID cannot be reached now.');
  await provider.resume();
  await button(tab).click();
  await heading(tab, 'You may see nothing here');
  assert.deepEqual(faults, []);
});

test('a session ends when the settings say so, also on an open page, and one click begins another', async t => {
  const { provider, server } = await start(t, { 'SignIn:Lifetime': '00:00:20' });
  const { tab } = await openPage(t, await openBrowser(t), server, { path: '/dashboard/tasks?tag=mine', also: provider.url });
  await signIn(tab, 'vic');
  await heading(tab, 'Tasks');

  await button(tab).waitFor({ timeout: 120_000 });
  await button(tab).click();
  await heading(tab, 'Tasks');
  assert.equal(new URL(tab.url()).search, '?tag=mine');
});

test('changed groups count for those who are signed in, and another client ends their sessions', async t => {
  const { provider, server, workspace } = await start(t);
  const { tab } = await openPage(t, await openBrowser(t), server, { path: '/dashboard/tasks', also: provider.url });
  await signIn(tab, 'sam');
  await heading(tab, 'You may see nothing here');

  const again = async settings => {
    await server.kill();
    return await workspace.start({ ...provider.settings, ...settings }, { port: new URL(server.url).port });
  };
  const second = await again({ 'Groups:0:Name': 'sales', 'Groups:0:Permissions': 'VIEW_TASKS' });
  await heading(tab, 'Tasks');
  await second.kill();
  await workspace.start({ ...provider.settings, 'SignIn:PermissionsClaim': 'groups' }, { port: new URL(server.url).port });
  await button(tab).waitFor({ timeout: 90_000 });
});

test('a public client has no secret, and tokens and people share the settings of one issuer', async t => {
  const port = await freePort();
  const provider = await IdentityProvider.start(t, people, { addresses: [`http://localhost:${port}`], secret: null });
  const server = await new Workspace(t).start({
    'Jwt:Issuer': provider.url, 'Jwt:Audience': 'tasks', 'Jwt:PermissionsClaim': 'roles', ...groups,
    'SignIn:ClientId': IdentityProvider.clientId,
  }, { port });
  const { tab } = await openPage(t, await openBrowser(t), server, { path: '/dashboard/tasks', also: provider.url });

  await tab.getByRole('link', { name: 'Sign in with 127.0.0.1' }).click();
  await tab.getByLabel('Name').fill('vic');
  await tab.getByRole('button', { name: 'Go on' }).click();
  await heading(tab, 'Tasks');
});

/** One address for two servers: one starts each sign-in, the other serves the way back and all else. */
async function share(t, starting, other) {
  const asked = { starts: 0, returns: 0 };
  const portOf = url => {
    const isStart = url.startsWith('/dashboard/sign-in/provider');
    asked.starts += isStart ? 1 : 0;
    asked.returns += url.startsWith('/dashboard/sign-in/callback') ? 1 : 0;
    return Number(new URL((isStart ? starting : other).url).port);
  };
  const proxy = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    incoming.pipe(ask({ host: '127.0.0.1', port: portOf(path), method, path, headers }, answer => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    }).once('error', () => outgoing.destroy()));
  });
  proxy.on('upgrade', ({ method, url, rawHeaders }, socket, head) => {
    const there = connect(portOf(url), '127.0.0.1', () => {
      const headers = rawHeaders.map((text, index) => text + (index % 2 ? '\r\n' : ': ')).join('');
      there.write(`${method} ${url} HTTP/1.1\r\n${headers}\r\n`);
      there.write(head);
      there.pipe(socket).pipe(there);
    });
    for (const one of [there, socket]) one.once('error', () => [there, socket].forEach(each => each.destroy()));
  });
  proxy.listen(await freePort(), '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { url: `http://localhost:${proxy.address().port}`, asked };
}

test('another process than the one that starts a sign-in serves the way back', async t => {
  const env = await Servers.for(t).start();
  const workspace = new Workspace(t);
  // The provider must know the address before the servers, and they come before it.
  const [first, second] = [await freePort(), await freePort()];
  const { url, asked } = await share(t, { url: `http://localhost:${first}` }, { url: `http://localhost:${second}` });
  const provider = await IdentityProvider.start(t, people, { addresses: [url] });
  const settings = { ...provider.settings, ...groups };
  await workspace.start({ ...settings, Roles: 'api,dispatcher' }, { env, port: first });
  await workspace.start({ ...settings, Roles: 'api' }, { env, port: second });

  const { tab, faults } = await openPage(t, await openBrowser(t), { url }, { path: '/dashboard/tasks', also: provider.url });
  await signIn(tab, 'vic');
  await heading(tab, 'Tasks');
  assert.deepEqual(asked, { starts: 1, returns: 1 });
  assert.deepEqual(faults, []);
});
