import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalLambda } from '../harness/local-lambda.mjs';
import { freePort, Server } from '../harness/server.mjs';
import { Servers } from '../harness/servers.mjs';
import { until } from '../harness/wait.mjs';
import { zip } from '../harness/zip.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** The functions of fill.sql: how long each takes in ms, and what one call in thirty throws. */
const functions = {
  'resize-image': { ms: 350, error: ['RangeError', 'The image is 0 px wide'] },
  'send-receipt': { ms: 120, error: ['SmtpError', '550 5.1.1 The address does not exist'] },
  'import-measurement': { ms: 40, error: ['ValidationError', 'pressure must be a number of 0 to 400; got \'n/a\''] },
  'sync-contacts': { ms: 2_600, error: ['HttpError', 'The address book answered 503 Service Unavailable'] },
  'notify-webhook': { ms: 400, error: ['ConnectionRefused', 'connect ECONNREFUSED 203.0.113.7:443'] },
  'renew-subscription': { ms: 900, error: ['CardDeclined', 'The card has expired'] },
  'render-report': { ms: 9_000, error: ['OutOfMemory', 'The function used more than 512 MB'] },
  'delete-user-data': { ms: 5_200, error: ['PermissionDenied', 'The archive is read-only'] },
};

const sourceOf = ({ ms, error: [name, message] }) => `
export const handler = async ({ data }) => {
  console.log('order', data?.order);
  await new Promise(done => setTimeout(done, ${ms} * (0.4 + 1.2 * Math.random())));
  if (Math.random() < 1 / 30) throw Object.assign(new Error(${JSON.stringify(message)}), { name: '${name}' });
  return { order: data?.order };
};`;

/** An API function, which does not know every country. */
const answers = `export const handler = async ({ rawPath }) => {
  if (rawPath === '/xx') throw new RangeError('There is no country xx');
  return { statusCode: 200, body: { days: 2 } };
};`;

/** A cluster that has run a web shop's tasks for a month, and that new tasks come to all the time. */
export class Shop {
  static async open(t, tasks) {
    const shop = new Shop();
    shop.servers = Servers.for(t);
    [shop.lambda, shop.environment] = await Promise.all([LocalLambda.start(t), shop.servers.start()]);
    shop.api = await shop.#launch(t, { Roles: 'api,dispatcher', 'Pools:slow:0': 'render-report' });
    for (const [name, code] of Object.entries(functions)) {
      await shop.api.ask('POST', '/functions', {
        name, runtime: 'nodejs22.x', entryPoint: 'index.handler', code: zip({ 'index.mjs': sourceOf(code) }).toString('base64'),
        description: `Of the shop: ${name.replaceAll('-', ' ')}.`, timeLimit: 60,
      });
    }
    await shop.api.ask('POST', '/functions', {
      name: 'delivery-dates', runtime: 'nodejs22.x', entryPoint: 'index.handler', description: 'Of the shop: delivery dates.',
      code: zip({ 'index.mjs': answers }).toString('base64'),
    });
    await shop.servers.run('psql', '-v', 'ON_ERROR_STOP=1', '-q', '-v', `tasks=${tasks}`, '-f', join(here, 'fill.sql'));
    await shop.#schedule();
    await shop.#launch(t, { Roles: 'worker', WorkerSlots: 6 });
    await shop.#launch(t, { Roles: 'worker', WorkerSlots: 2, Pool: 'slow' });
    shop.#keepBusy(t);
    return shop;
  }

  /** The pages: a name, the address, the name of the link in the menu if there is one, and what waits until what is asked for is there. */
  async pages() {
    const { api } = this;
    const one = async query => (await api.ask('GET', `/?${query}&limit(1)&skipCount()`)).data[0].id;
    await until('something has failed', async () => (await api.ask('GET', '/?eq(status,failed)&limit(1)')).data.length > 0);
    const failed = await one('eq(status,failed)&sort(-creationTimestamp)');
    const waiting = await one('eq(status,new)&eq(functionName,renew-subscription)&sort(-startTimestamp)');
    await api.ask('POST', '/bulk', { action: 'rerun', query: 'eq(functionName,delete-user-data)&eq(status,failed)' });
    for (let i = 0; i < 5; i++) await api.request('GET', `/api/delivery-dates/${['be', 'nl', 'de', 'fr', 'xx'][i]}`);
    const row = tab => tab.locator('main tbody tr').first().waitFor();
    const page = (name, path, isThere, link) => ({ name, url: `${api.url}${path}`, isThere, link });
    return [
      page('Overview', '/dashboard', async tab => {
        await tab.getByRole('img', { name: /tasks accepted/ }).waitFor();
        await tab.getByRole('heading', { name: 'Failures of the last day' }).waitFor();
      }, 'Overview'),
      page('A month', '/dashboard?span=30d', tab => tab.getByRole('img', { name: /tasks accepted/ }).waitFor()),
      page('Tasks', '/dashboard/tasks', row, 'Tasks'),
      page('Failed tasks', '/dashboard/tasks?status=failed&function=send-receipt&rql=eq%28error.name%2CSmtpError%29', row),
      page('Tasks by data', '/dashboard/tasks?rql=eq%28data.customer.id%2C4711%29', row),
      page('One task', `/dashboard/tasks/${failed}`, tab => tab.getByLabel('The lines of the log').waitFor()),
      page('A waiting task', `/dashboard/tasks/${waiting}`, tab => tab.getByText('Why it waits.').waitFor()),
      page('Functions', '/dashboard/functions', row, 'Functions'),
      page('One function', '/dashboard/functions/resize-image', tab => tab.getByRole('img', { name: /tasks accepted/ }).waitFor()),
      page('Schedules', '/dashboard/schedules', row, 'Schedules'),
      page('API requests', '/dashboard/requests', row, 'API requests'),
      page('Bulk operations', '/dashboard/bulk', row, 'Bulk operations'),
      page('Schedule a task', '/dashboard/new', tab => tab.getByLabel('Function').first().waitFor()),
    ];
  }

  async #schedule() {
    const schedule = (functionName, body) => this.api.ask('POST', '/schedules', { functionName, ...body });
    await schedule('render-report', { cron: '0 4 * * *', timeZone: 'Europe/Brussels', data: { report: 'sales', format: 'pdf' } });
    await schedule('sync-contacts', { interval: 900, overlap: 'skip' });
    const { id } = await schedule('delete-user-data', { cron: '30 2 * * 0', timeZone: 'America/New_York', tags: ['gdpr'] });
    await this.api.ask('POST', `/schedules/${id}/pause`);
  }

  async #launch(t, settings) {
    const { accessKeyId, secretAccessKey } = this.lambda.key;
    const server = new Server({
      'KeepResults:0': '*', 'Lambda:Endpoint': this.lambda.endpoint, 'Lambda:Region': 'local', 'Lambda:AccessKey': accessKeyId,
      'Lambda:SecretKey': secretAccessKey, 'Lambda:ExecutionRole': 'arn:aws:iam::123456789012:role/shop', ...settings,
    }, { port: await freePort(), env: this.environment });
    t.after(() => server.kill());
    await server.untilReady();
    return server;
  }

  /** A few tasks every second. */
  #keepBusy(t) {
    const names = Object.keys(functions);
    let [isOver, order] = [false, 2_000_000];
    const busy = (async () => {
      while (!isOver) {
        const tasks = Array.from({ length: 5 }, () => ({
          functionName: names[Math.floor(names.length * Math.random() ** 2.5)], priority: Math.random() < 0.1 ? 5 : 0,
          data: { order: ++order, customer: { id: order % 10_007, country: 'be' } }, tags: [`customer-${order % 10_007}`, 'be'],
        }));
        await this.api.createMany(tasks);
        await setTimeout(1_000);
      }
    })();
    t.after(() => {
      isOver = true;
      return busy;
    });
  }
}
