import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser } from './harness/browser.mjs';
import { busyServer, heading, look, openPage } from './harness/dashboard.mjs';
import { until } from './harness/wait.mjs';
import { zip } from './harness/zip.mjs';

// What an operator sees and does in the dashboard, in a real browser.

test('an operator sees what runs and fails, finds a task, runs it again, and schedules and cancels one', async t => {
  const { server } = await busyServer(t);
  const browser = await openBrowser(t);
  const { tab, faults } = await openPage(t, browser, server, { path: '/' });

  await t.test('the overview is where the address of the server leads', async () => {
    await heading(tab, 'Overview');
    assert.equal(new URL(tab.url()).pathname, '/dashboard');
    await tab.getByRole('link', { name: /^Complete/ }).getByText(/^\d+$/).waitFor();
    await tab.getByRole('cell', { name: 'TypeError The customer has no address' }).waitFor();
    // What is counted is stored every ten seconds.
    await tab.getByRole('img', { name: '120 tasks accepted, 106 complete, 14 failed, 0 retried, 0 canceled' }).waitFor();
    await tab.getByRole('img', { name: /^Start delay: p50 .*, p95 .*, p99 / }).waitFor();
    await look(tab, 'overview');
    await tab.getByRole('link', { name: '24h' }).click();
    await tab.waitForURL(/span=24h/);
    await tab.locator('a[aria-current=true]', { hasText: '24h' }).waitFor();
  });

  await t.test('a group of failures leads to its tasks', async () => {
    await tab.getByRole('link', { name: '10 tasks of invoice that failed with TypeError' }).click();
    await heading(tab, 'Tasks');
    await tab.getByText('10 tasks, the last of the list').waitFor();
    assert.match(tab.url(), /status=failed&function=invoice&rql=eq%28error\.name%2CTypeError%29/);
    await look(tab, 'tasks-failed');
  });

  await t.test('the list has pages, and its state is in its address', async () => {
    await tab.getByRole('link', { name: 'Clear' }).click();
    await tab.getByText('50 tasks, and more').waitFor();
    await look(tab, 'tasks');
    await tab.getByRole('link', { name: 'Next page' }).click();
    await tab.waitForURL(/before=\d+/);
    await tab.getByRole('link', { name: 'First page' }).waitFor();
    await tab.getByText('50 tasks, and more').waitFor();
    await tab.getByLabel('Status').selectOption('failed');
    await tab.getByLabel('Tag').fill('even');
    await tab.getByRole('button', { name: 'Show' }).click();
    await tab.waitForURL(/status=failed&tag=even/);
    await tab.reload();
    await tab.getByText(/^\d+ tasks, the last of the list$/).waitFor();
    assert.equal(await tab.getByLabel('Tag').inputValue(), 'even');
    await tab.getByLabel('Query (RQL)').fill('equal(a,b)');
    await tab.getByRole('button', { name: 'Show' }).click();
    await tab.getByRole('alert').getByText("'equal' is no operator").waitFor();
  });

  await t.test('a task shows its life, and is run again', async () => {
    const { data: [failed] } = await server.ask('GET', '/?eq(functionName,invoice)&eq(error.name,TypeError)&limit(1)');
    await tab.goto(`${server.url}/dashboard/tasks`);
    await tab.getByLabel('Task id').fill(failed.id);
    await tab.getByRole('button', { name: 'Open' }).click();
    await heading(tab, 'invoice');
    await tab.getByText('The customer has no address').first().waitFor();
    await tab.getByLabel('The lines of the log').getByText(`invoice ${failed.data?.number ?? ''}`).first().waitFor();
    await look(tab, 'task-failed');
    await tab.getByRole('button', { name: 'Run again' }).click();
    await tab.getByRole('button', { name: 'Run again' }).click();
    await tab.waitForURL(url => url.pathname.startsWith('/dashboard/tasks/') && !url.pathname.endsWith(failed.id));
    const again = await server.get(new URL(tab.url()).pathname.split('/').at(-1));
    assert.deepEqual(again.data, (await server.get(failed.id)).data);
  });

  await t.test('what a function printed is text', async () => {
    const { data: [report] } = await server.ask('GET', '/?eq(functionName,report)&limit(1)');
    await tab.goto(`${server.url}/dashboard/tasks/${report.id}`);
    await tab.getByText('<b>done</b>').waitFor();
    await look(tab, 'task-complete');
  });

  await t.test('a task is scheduled by the rules of the API, says why it waits, and is canceled', async () => {
    await tab.getByRole('link', { name: 'Schedule a task' }).first().click();
    await heading(tab, 'Schedule a task');
    await tab.getByLabel('Function').fill('hello');
    await tab.getByLabel('Data').fill('[1]');
    await tab.getByLabel('Start').fill('2999-01-01T12:00:00');
    await tab.getByRole('button', { name: 'Schedule', exact: true }).click();
    await tab.getByText('data must be a JSON object; got [1].').waitFor();
    await look(tab, 'new-task-refused');
    await tab.getByLabel('Data').fill('{ "name": "dashboard" }');
    await tab.getByLabel('Tags').fill('made, by hand');
    await tab.getByRole('button', { name: 'Schedule', exact: true }).click();
    await heading(tab, 'hello');
    await tab.getByText('Why it waits.').waitFor();
    const id = new URL(tab.url()).pathname.split('/').at(-1);
    const made = await server.get(id);
    // The form takes the viewer's zone, which is an hour before UTC in winter.
    assert.deepEqual([made.startTimestamp, made.tags, made.data], ['2999-01-01T11:00:00.000Z', ['made', 'by hand'], { name: 'dashboard' }]);
    await look(tab, 'task-waiting');
    await tab.getByRole('button', { name: 'Cancel', exact: true }).click();
    await tab.getByRole('button', { name: 'Cancel the task' }).click();
    await tab.getByText('it never ran').waitFor();
    assert.equal((await server.get(id)).status, 'canceled');
  });

  await t.test('the overview shows what is due by function and priority', async () => {
    await server.ask('PUT', '/functions/packing/pool', { pool: 'warehouse' });
    const { id } = await server.ask('POST', '/', { functionName: 'packing', priority: 5 });
    await tab.goto(`${server.url}/dashboard`);
    await tab.getByRole('row', { name: /^packing warehouse 5 1 0 waits for / }).waitFor();
    await server.ask('POST', `/${id}/cancel`);
    await tab.getByText('Nothing is due, and nothing runs.').waitFor();
  });

  await t.test('schedules show their ticks, and are paused and resumed', async () => {
    await server.ask('POST', '/schedules', { functionName: 'hello', cron: '0 8 * * MON-FRI', timeZone: 'Europe/Brussels' });
    await tab.goto(`${server.url}/dashboard/schedules`);
    await heading(tab, 'Schedules');
    const ticks = tab.getByText(/^\d{4}-\d\d-\d\d 08:00:00$/);
    await ticks.first().waitFor();
    assert.equal(await ticks.count(), 3);
    await look(tab, 'schedules');
    await tab.getByRole('button', { name: 'Pause' }).click();
    await tab.getByRole('button', { name: 'Pause' }).click();
    await tab.getByText('paused', { exact: true }).waitFor();
    assert.equal((await server.ask('GET', '/schedules')).data[0].paused, true);
    await tab.getByRole('button', { name: 'Resume' }).click();
    await tab.getByRole('button', { name: 'Resume' }).click();
    await tab.getByText('ticks', { exact: true }).waitFor();
  });

  await t.test('functions, API requests and pages that are not there say what to do', async () => {
    await tab.goto(`${server.url}/dashboard/functions`);
    await tab.getByText('No function is managed here.').waitFor();
    await look(tab, 'functions-empty');
    await tab.getByRole('link', { name: 'invoice' }).click();
    await heading(tab, 'invoice');
    await tab.getByText('This function is not managed here').waitFor();
    await look(tab, 'function');
    await tab.goto(`${server.url}/dashboard/requests`);
    await tab.getByText('No API function has answered a request yet.').waitFor();
    await server.request('GET', '/api/hello/some/path?a=1');
    await tab.getByText('/some/path').waitFor();
    await look(tab, 'requests');
    await tab.goto(`${server.url}/dashboard/tasks/507f1f77bcf86cd799439011`);
    await tab.getByText("There is no task '507f1f77bcf86cd799439011'.").waitFor();
    await look(tab, 'task-unknown');
  });

  await t.test('a managed function shows its settings, and is disabled and enabled', async () => {
    await server.ask('POST', '/functions', {
      name: 'greet', description: 'says hello', runtime: 'nodejs22.x', entryPoint: 'index.handler',
      code: zip({ 'index.mjs': 'export const handler = async () => {};' }).toString('base64'),
      environmentVariables: { GREETING: { value: 's3cret' } },
    });
    await tab.goto(`${server.url}/dashboard/functions`);
    await tab.getByRole('cell', { name: 'greet says hello' }).waitFor();
    await look(tab, 'functions');
    await tab.getByRole('link', { name: 'greet' }).click();
    await tab.getByText('GREETING').waitFor();
    assert.ok(!(await tab.content()).includes('s3cret'));
    await look(tab, 'function-managed');
    await tab.getByRole('button', { name: 'Disable' }).click();
    await tab.getByRole('button', { name: 'Disable it' }).click();
    await tab.getByText('disabled', { exact: true }).waitFor();
    assert.equal((await server.ask('GET', '/functions/greet')).enabled, false);
    await tab.getByRole('button', { name: 'Enable' }).click();
    await tab.getByRole('button', { name: 'Enable it' }).click();
    await tab.getByText('enabled', { exact: true }).waitFor();
  });

  await t.test('all that failed with one error is run again, and it is said how many these are', async () => {
    await tab.goto(`${server.url}/dashboard`);
    const failed = `eq(functionName,invoice)&eq(error.name,RangeError)&eq(status,failed)`;
    const before = (await server.ask('GET', `/?${failed}`)).page.total;
    const row = tab.getByRole('row', { name: /invoice RangeError/ });
    await row.getByRole('button', { name: 'All of them' }).click();
    await row.getByText(`Make ${before} tasks like these, to start now?`).waitFor();
    await look(tab, 'overview-run-again');
    await row.getByRole('button', { name: 'Run again' }).click();
    await heading(tab, 'Bulk operations');
    await tab.getByRole('cell', { name: 'complete' }).first().waitFor();
    await look(tab, 'bulk');
    await server.untilAllEnded();
    assert.equal((await server.ask('GET', `/?${failed}`)).page.total, 2 * before);
  });

  await t.test('tasks that are selected, or all that match, are canceled', async () => {
    await server.createMany(Array.from({ length: 60 }, () => ({
      functionName: 'hello', tags: ['many'], startTimestamp: '2999-01-01T00:00:00Z',
    })));
    const waiting = async () => (await server.ask('GET', '/?contains(tags,many)&eq(status,new)')).page.total;
    await tab.goto(`${server.url}/dashboard/tasks?tag=many`);
    await tab.getByText('50 tasks, and more').waitFor();
    await tab.getByRole('checkbox', { name: /^Select hello/ }).nth(0).check();
    await tab.getByRole('checkbox', { name: /^Select hello/ }).nth(3).check();
    await tab.getByText('The 2 selected:').waitFor();
    const change = tab.getByRole('group', { name: 'Change many tasks' });
    await change.getByRole('button', { name: 'Cancel' }).click();
    await tab.getByText('Cancel 2 tasks? They then never run.').waitFor();
    await look(tab, 'tasks-selected');
    await change.getByRole('button', { name: 'Cancel them' }).click();
    await heading(tab, 'Bulk operations');
    await until('two are canceled', async () => await waiting() === 58);

    await tab.goto(`${server.url}/dashboard/tasks?tag=many&status=new`);
    await tab.getByText('All that match:').waitFor();
    await change.getByRole('button', { name: 'Run again' }).click();
    await tab.getByText('None of these tasks has ended.').waitFor();
    await change.getByRole('button', { name: 'Cancel' }).click();
    await tab.getByText('Cancel 58 tasks? They then never run.').waitFor();
    await change.getByRole('button', { name: 'Cancel them' }).click();
    await heading(tab, 'Bulk operations');
    await until('all are canceled', async () => await waiting() === 0);
  });

  await t.test('a task is run again with changed data', async () => {
    const { data: [failed] } = await server.ask('GET', '/?eq(functionName,invoice)&eq(error.name,TypeError)&limit(1)');
    await tab.goto(`${server.url}/dashboard/tasks/${failed.id}`);
    await tab.getByRole('link', { name: 'Change and run' }).click();
    await heading(tab, 'Schedule a task');
    await until('the form has the data', async () => (await tab.getByLabel('Data').inputValue()).includes('"number"'));
    assert.equal(await tab.getByLabel('Function').inputValue(), 'invoice');
    await tab.getByLabel('Data').fill('{ "number": 1 }');
    await tab.getByRole('button', { name: 'Schedule', exact: true }).click();
    await heading(tab, 'invoice');
    const made = new URL(tab.url()).pathname.split('/').at(-1);
    await server.untilAllEnded();
    const task = await server.get(made);
    assert.deepEqual([task.status, task.data, task.tags], ['complete', { number: 1 }, failed.tags]);
  });

  await t.test('a schedule is run now', async () => {
    await tab.goto(`${server.url}/dashboard/schedules`);
    await tab.getByRole('button', { name: 'Run now' }).click();
    await tab.getByRole('button', { name: 'Run now' }).click();
    await heading(tab, 'hello');
  });

  await t.test('the theme can be switched, and is kept', async () => {
    await tab.getByRole('button', { name: 'Switch to dark' }).click();
    await tab.goto(`${server.url}/dashboard`);
    await tab.getByRole('button', { name: 'Switch to light' }).waitFor();
    await look(tab, 'overview-dark');
  });
  assert.deepEqual(faults, []);

  await t.test('a phone shows all of it', async () => {
    const { tab: phone, faults: others } = await openPage(
      t, browser, server, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
    await heading(phone, 'Overview');
    await look(phone, 'phone-overview');
    await phone.getByRole('button', { name: 'Menu' }).click();
    await phone.getByRole('link', { name: 'Tasks', exact: true }).click();
    await heading(phone, 'Tasks');
    await phone.getByText('50 tasks, and more').waitFor();
    await look(phone, 'phone-tasks');
    await phone.locator('tbody a').first().click();
    await phone.getByText('Timeline').waitFor();
    await look(phone, 'phone-task');
    await phone.goto(`${server.url}/dashboard/new`);
    await heading(phone, 'Schedule a task');
    await look(phone, 'phone-new');
    assert.deepEqual(others, []);
  });
});
