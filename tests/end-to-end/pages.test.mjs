import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser } from './harness/browser.mjs';
import { write } from './harness/sdk.mjs';
import { newApiKey } from './harness/server.mjs';
import { Workspace } from './harness/workspace.mjs';

// What pages of functions, and the page of the API's description, do in a real browser.
const ownHost = 'functions.localhost';

/** In the page: tries all that a page could do to its origin, and says what came of it. */
const script = `
  const said = async attempt => { try { return String(await attempt()); } catch (error) { return error.name; } };
  (async () => {
    window.found = {
      origin: self.origin,
      cookie: await said(() => { document.cookie = 'script=1'; return document.cookie; }),
      storage: await said(() => { localStorage.setItem('a', 'b'); return localStorage.getItem('a'); }),
      worker: await said(async () => (await navigator.serviceWorker.register(location.href.replace('/page', '/worker'))).scope),
      tasks: await said(async () => (await fetch('/tasks/v1/')).status),
    };
    document.title = 'done';
  })();`;

const page = `export const handler = async () => ({
  statusCode: 200,
  headers: { 'Content-Type': 'text/html', 'Set-Cookie': 'header=1; Path=/', 'Clear-Site-Data': '"storage"', 'Service-Worker-Allowed': '/' },
  body: ${JSON.stringify(`<!doctype html><title>waits</title><script>${script}</script><script src="text"></script>`)},
});`;

/** A browser without a past, and what the page found in it. */
async function visit(browser, url) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.waitForFunction(() => document.title === 'done');
  return { context, tab, found: await tab.evaluate(() => window.found) };
}

test('a page of a function has nothing of the origin that it shares, '
  + 'and all of one that it has for itself', async t => {
  const workspace = new Workspace(t);
  write(workspace, 'page', page);
  write(workspace, 'text', `export const handler = async () =>
    ({ statusCode: 200, headers: { 'Content-Type': 'text/plain' }, body: 'window.sniffed = true' });`);
  write(workspace, 'worker', `export const handler = async () =>
    ({ statusCode: 200, headers: { 'Content-Type': 'text/javascript' }, body: '' });`);
  const server = await workspace.start({ FunctionsHost: ownHost });
  const browser = await openBrowser(t);

  const shared = await visit(browser, `${server.url}/tasks/v1/api/page`);
  assert.deepEqual(
    shared.found, { origin: 'null', cookie: 'SecurityError', storage: 'SecurityError', worker: shared.found.worker, tasks: 'TypeError' });
  assert.match(shared.found.worker, /Error$/);
  assert.deepEqual(await shared.context.cookies(), []);
  assert.equal(await shared.tab.evaluate(() => window.sniffed), undefined);

  const own = await visit(browser, `${server.url.replace('localhost', ownHost)}/tasks/v1/api/page`);
  assert.deepEqual({ ...own.found, cookie: own.found.cookie.split('; ').sort() }, {
    origin: server.url.replace('localhost', ownHost),
    cookie: ['header=1', 'script=1'],
    storage: 'b',
    worker: `${server.url.replace('localhost', ownHost)}/tasks/v1/api/`,
    tasks: '404',
  });
  assert.equal(await own.tab.evaluate(() => window.sniffed), undefined);
});

test('no page of the shared origin can have a service worker that a function serves', async t => {
  const workspace = new Workspace(t);
  write(workspace, 'worker', `export const handler = async () =>
    ({ statusCode: 200, headers: { 'Content-Type': 'text/javascript', 'Service-Worker-Allowed': '/' }, body: '' });`);
  const server = await workspace.start();
  const browser = await openBrowser(t);
  const tab = await browser.newPage();
  await tab.goto(`${server.url}/health/live`);

  // A page of this origin, whoever made it, asks for a worker that a function serves.
  const outcome = await tab.evaluate(async () => {
    try {
      return (await navigator.serviceWorker.register('/tasks/v1/api/worker')).scope;
    } catch (error) {
      return error.name;
    }
  });
  assert.match(outcome, /Error$/);
});

test('the description of the API shows every operation and tries a call, without a word to another host', async t => {
  const workspace = new Workspace(t);
  write(workspace, 'hello', `export const handler = async () => 'hello';`);
  const { key, settings } = newApiKey('docs');
  const server = await workspace.start(settings, { key });
  const browser = await openBrowser(t);
  const context = await browser.newContext();
  const tab = await context.newPage();
  const asked = [];
  // The requests of the whole browser count, because the workers of a page ask too.
  context.on('request', request => asked.push(request.url()));
  await tab.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, sample }) =>
      window.violations.push({ violatedDirective, blockedURI, sourceFile, sample }));
  });

  await tab.goto(`${server.url}/docs`);
  const operations = Object.values((await (await fetch(`${server.url}/openapi.json`)).json()).paths)
    .flatMap(methods => Object.values(methods));
  assert.ok(operations.length > 30, `${operations.length} operations`);
  for (const { summary } of operations) await tab.getByText(summary, { exact: true }).first().waitFor({ state: 'attached' });

  await tab.getByPlaceholder('Token').first().fill(key);
  await tab.getByText('Schedule a task', { exact: true }).first().click();
  await tab.getByRole('button', { name: 'Test Request (post /tasks/v1)', exact: true }).click();
  const [answer] = await Promise.all([
    tab.waitForResponse(response => response.url() === `${server.url}/tasks/v1`),
    tab.getByRole('button', { name: 'Send' }).first().click(),
  ]);
  assert.equal(answer.status(), 200, await answer.text());
  const { id, functionName, data } = await answer.json();
  assert.deepEqual({ functionName, data }, { functionName: 'hello', data: { name: 'world' } });
  await tab.getByText(id).first().waitFor();

  // This is what the page would fetch later, such as a font once a text uses it.
  await tab.waitForLoadState('networkidle');
  assert.deepEqual(asked.filter(url => !url.startsWith(`${server.url}/`) && !/^(data|blob):/.test(url)), []);
  assert.deepEqual(await tab.evaluate(() => window.violations), []);
});
