import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** A fresh database on the server that the connection names, so that no run meets another's rows; its durability is the server's. */
export async function createDatabase(connection, system) {
  const name = `bench_${system.replace(/\W/g, '')}_${randomBytes(4).toString('hex')}`;
  const url = new URL(connection);
  await once(url, `create database ${name}`);
  url.pathname = name;
  return {
    connection: url.href,
    // What autovacuum does in a system that has run for a while.
    tidy: () => once(url, 'vacuum analyze'),
    async remove() {
      // A closed pool's connections take a moment to go; force is for those that never do.
      for (let tries = 0; tries < 100 && (await isInUse(connection, name)); tries++) await delay(20);
      await once(connection, `drop database ${name} with (force)`);
    },
  };
}

async function isInUse(connection, database) {
  const { rows } = await once(connection, `select exists (select from pg_stat_activity where datname = '${database}') as any`);
  return rows[0].any;
}

/** A pool that says what goes wrong with a connection while no query waits for it. */
export function createPool(connection, max) {
  const report = error => console.error(error.message);
  const pool = new pg.Pool({ connectionString: connection, max });
  pool.on('error', report);
  pool.on('connect', client => client.on('error', report));
  return pool;
}

async function once(connection, sql) {
  const client = new pg.Client({ connectionString: String(connection) });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
