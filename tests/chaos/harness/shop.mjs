// A service that schedules by SQL, in transactions that also insert orders into a table of its own, as a process that can be killed. It
// goes on until its standard input ends, and says on its standard output what becomes of each transaction: "begun" and then "committed",
// "rolled-back", "cut" or "held", and the keys of its orders. It says nothing more of a commit that got no answer. A transaction that is
// held never commits: whoever reads of it kills the process.
// Usage: node shop.mjs NAME, with the database in PGHOST and its like, and SEED
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { random } from './random.mjs';

const atOnce = 4;
const name = process.argv[2];
let orders = 0;
let isEnough = false;
process.stdin.resume().once('end', () => isEnough = true);
await Promise.all(Array.from({ length: atOnce }, trade));

async function trade() {
  let client;
  while (!isEnough) {
    client ??= await connect();
    const plan = newPlan();
    say('begun', plan);
    try {
      say(await transact(client, plan), plan);
    } catch (error) {
      if (!isAway(error)) throw error;
      // What a commit that got no answer did, the database alone knows.
      if (!plan.isCommitting) say('rolled-back', plan);
      plan.end = 'cut';
    }
    if (plan.end === 'cut') {
      client.end().catch(() => {});
      client = undefined;
    }
  }
  await client?.end();
}

/** Two of three transactions commit. Everything random is drawn at once, so a seed repeats each process's transactions. */
function newPlan() {
  const dice = random();
  return {
    end: dice < 2 / 3 ? 'commit' : dice < 0.81 ? 'roll back' : dice < 0.97 ? 'cut' : 'hold',
    orders: Array.from({ length: 1 + Math.floor(7 * random()) }, () => ({ key: `${name}-${orders++}`, ms: Math.floor(200 * random()) })),
    isInOneCall: random() < 0.5,
    isCutWithinCall: random() < 0.3,
    waits: [random(), random()].map(share => 600 * share),
  };
}

/** @returns What became of it. */
async function transact(client, plan) {
  await client.query('begin');
  if (plan.end === 'cut' && plan.isCutWithinCall) {
    // The server may have done any part of the calls.
    place(client, plan).catch(() => {});
    await setTimeout(plan.waits[0] / 100);
    client.connection.stream.destroy();
    return 'cut';
  }
  await place(client, plan);
  await setTimeout(plan.waits[1]);
  switch (plan.end) {
    case 'roll back':
      await client.query('rollback');
      return 'rolled-back';
    case 'cut':
      client.connection.stream.destroy();
      return 'cut';
    case 'hold':
      say('held', plan);
      return new Promise(() => {});
    default:
      plan.isCommitting = true;
      await client.query('commit');
      return 'committed';
  }
}

/** Schedules a task for each order, and stores the orders with the ids of their tasks. */
async function place(client, { orders, isInOneCall, waits }) {
  const ids = [];
  if (isInOneCall) {
    const tasks = orders.map(data => ({ functionName: 'record', data, publisher: name }));
    const { rows } = await client.query('select tasksbus.schedule_tasks($1::json) as id', [JSON.stringify(tasks)]);
    ids.push(...rows.map(row => row.id));
  } else {
    for (const data of orders) {
      const { rows } = await client.query(
        'select tasksbus.schedule_task(\'record\', $1::json, publisher => $2) as id', [JSON.stringify(data), name]);
      ids.push(rows[0].id);
    }
  }
  await setTimeout(waits[0]);
  await client.query(
    'insert into shop.orders(key, task_id) select * from unnest($1::text[], $2::text[])', [orders.map(({ key }) => key), ids]);
}

async function connect() {
  for (;;) {
    const client = new pg.Client({ application_name: 'shop', connectionTimeoutMillis: 5_000 });
    client.on('error', () => {}); // The next query says it.
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (!isAway(error)) throw error;
      await setTimeout(200);
    }
  }
}

/** Whether the database was away, or went away: anything else ends the process. */
function isAway(error) {
  return error instanceof pg.DatabaseError ? /^(?:08|57P)/.test(error.code)
    : error.syscall !== undefined || /^Connection terminated|^timeout expired|connection error and is not queryable/.test(error.message);
}

function say(what, { orders }) {
  process.stdout.write(`${what} ${orders.map(({ key }) => key).join(' ')}\n`);
}
