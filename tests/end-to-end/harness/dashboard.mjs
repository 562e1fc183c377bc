import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { write } from './sdk.mjs';
import { Workspace } from './workspace.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A folder for pictures of the pages. They are taken only if it is set. */
const screenshots = process.env.DASHBOARD_SCREENSHOTS;

const functions = {
  hello: `export const handler = async ({ data }) => { console.log('hello', data?.name); };`,
  invoice: `export const handler = async ({ data }) => {
    console.log('invoice', data.number);
    if (data.number % 4 === 0) throw new TypeError('The customer has no address');
    if (data.number % 7 === 0) throw new RangeError('The amount is negative');
  };`,
  report: `export const handler = async () => { await new Promise(done => setTimeout(done, 50)); console.log('<b>done</b>'); };`,
};

/** A server with tasks of several functions, some of which have failed. */
export async function busyServer(t, settings = {}, options = {}) {
  const workspace = new Workspace(t);
  for (const [name, code] of Object.entries(functions)) write(workspace, name, code);
  const server = await workspace.start({ 'KeepResults:0': '*', ...settings }, options);
  await server.createMany(Array.from({ length: 120 }, (_, number) => ({
    functionName: ['hello', 'invoice', 'report'][number % 3],
    data: { number, name: 'world' },
    tags: [number % 2 ? 'odd' : 'even'],
  })));
  await server.untilAllEnded();
  return { workspace, server };
}

/**
 * A page whose errors, violations of its policy and serious faults for assistive tools fail the test. It may ask the server alone, and
 * another address if one is given.
 */
export async function openPage(t, browser, server, {
  path = '/dashboard', viewport = { width: 1280, height: 860 }, colorScheme = 'light', also = server.url,
} = {}) {
  const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'Europe/Brussels' });
  const tab = await context.newPage();
  const faults = [];
  tab.on('console', message => {
    // A page that a visitor may not see, or that another process has forgotten, is no fault of the page.
    if (message.type() === 'error') faults.push(message.text());
  });
  tab.on('pageerror', error => faults.push(String(error)));
  tab.on('request', request => {
    const isOurs = [server.url, also].some(url => request.url().startsWith(url));
    if (!isOurs && !/^(data|blob|ws):/.test(request.url())) faults.push(`asks ${request.url()}`);
  });
  await tab.addInitScript(() => document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    console.error(`violates ${violatedDirective}: ${blockedURI}`)));
  await tab.goto(`${server.url}${path}`);
  return { tab, faults };
}

/** Checks a page for what keeps people with assistive tools out, and for what does not fit. Takes its picture if that is asked for. */
export async function look(tab, name) {
  // Scripts of the test may not run as the page's own, so the tool runs in a world beside it.
  const session = await tab.context().newCDPSession(tab);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send(
    'Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' });
  const run = expression => session.send('Runtime.evaluate', { expression, contextId, awaitPromise: true, returnByValue: true });
  await run(axe);
  const { result } = await run(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')))`);
  await session.detach();
  if (screenshots) await tab.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
  assert.deepEqual(result.value, [], name);
  const wide = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} is ${wide} px wider than its window`);
}

export const heading = (tab, name) => tab.getByRole('heading', { level: 1, name, exact: true }).waitFor();
