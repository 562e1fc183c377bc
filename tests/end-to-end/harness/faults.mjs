import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { programOf } from './server.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);
const later = '2999-01-01T00:00:00Z';
const executeQueue = 'tasksbus.execute.default';

const schedule = (cluster, count = 1, others = {}) =>
  cluster.api.createMany(Array.from({ length: count }, () => ({ functionName: 'resize', ...others })));

const untilTasksEnd = cluster => cluster.api.untilAllEnded();

/** What Lambda answers instead of running a function. */
const denied = {
  status: 403, code: 'AccessDeniedException',
  message: 'User: arn:aws:sts::123456789012:assumed-role/worker/i-0 is not authorized to perform: lambda:InvokeFunction on resource: '
    + 'arn:aws:lambda:eu-west-1:123456789012:function:resize because no identity-based policy allows the lambda:InvokeFunction action',
};
const throttled = { status: 429, code: 'TooManyRequestsException', message: 'Rate Exceeded.' };

/** Lambda answers so whenever a function is invoked, and tasks go on coming in. */
const lambdaAnswers = fault => ({
  inject: cluster => {
    cluster.lambda.faults.set('resize', fault);
    return schedule(cluster, 5);
  },
  again: cluster => schedule(cluster),
  heal: async cluster => {
    cluster.lambda.mend();
    await schedule(cluster);
    await untilTasksEnd(cluster);
  },
});

/** Each fault: how it is injected, what happens again and again while it lasts, and what heals it. By its heading in the page. */
export const faults = {
  'A pool without a worker': {
    inject: async cluster => {
      await cluster.api.ask('PUT', '/functions/send/pool', { pool: 'mail' });
      await schedule(cluster, 2, { functionName: 'send' });
    },
    heal: async cluster => {
      await cluster.launch('worker-3', { Pool: 'mail' });
      await untilTasksEnd(cluster);
      await cluster.members.get('worker-3').signal('SIGTERM');
      await cluster.end('worker-3', { isForgotten: true });
      await cluster.api.ask('PUT', '/functions/send/pool', { pool: 'default' });
    },
  },

  'A disabled function': {
    inject: async cluster => {
      await cluster.api.ask('POST', '/functions/resize/disable');
      return schedule(cluster, 4, { startTimestamp: later });
    },
    again: cluster => schedule(cluster),
    heal: async (cluster, waiting) => {
      await cluster.api.ask('POST', '/functions/resize/enable');
      for (const { id } of waiting) await cluster.api.cancel(id);
      await untilTasksEnd(cluster);
    },
  },

  'Lambda refuses': lambdaAnswers(denied),

  'Lambda throttles': lambdaAnswers(throttled),

  'Lambda is away': {
    inject: async cluster => {
      await cluster.lambda.leave();
      await schedule(cluster, 5);
    },
    again: cluster => schedule(cluster),
    heal: async cluster => {
      await cluster.lambda.comeBack();
      await untilTasksEnd(cluster);
    },
  },

  'The broker is away': {
    inject: async cluster => {
      await cluster.servers.run('stop-rabbitmq');
      const [{ id }] = await schedule(cluster, 1, { startTimestamp: later });
      await cluster.api.cancel(id); // Its event waits.
      await schedule(cluster, 3);
    },
    heal: async cluster => {
      await cluster.servers.run('start-rabbitmq');
      await untilTasksEnd(cluster);
    },
  },

  'No dispatcher is left': {
    inject: async cluster => {
      await cluster.end('dispatcher-1');
      await schedule(cluster, 3);
    },
    heal: async cluster => {
      await cluster.launch('dispatcher-1');
      await untilTasksEnd(cluster);
    },
  },

  'One of two dispatchers is killed': {
    inject: async cluster => {
      await cluster.launch('dispatcher-2');
      await cluster.end('dispatcher-1');
      await schedule(cluster, 3);
    },
    heal: async cluster => {
      await cluster.launch('dispatcher-1');
      await untilTasksEnd(cluster);
      await cluster.end('dispatcher-2', { isForgotten: true });
    },
  },

  'An api loses the database': {
    inject: cluster => cluster.network.cut(),
    again: cluster => cluster.api.request('POST', '/', { functionName: 'resize' }),
    heal: async cluster => {
      cluster.network.mend();
      await until('the api is ready', async () => (await cluster.probe('api')).startsWith('200'));
      await untilTasksEnd(cluster);
    },
  },

  'A worker is frozen': {
    inject: async cluster => {
      cluster.lambda.faults.set('resize', { isHeld: true });
      await schedule(cluster, 8);
      await until('both workers run functions', () => cluster.lambda.held === 8);
      cluster.members.get('worker-1').freeze();
    },
    heal: async cluster => {
      cluster.members.get('worker-1').thaw();
      cluster.lambda.mend();
      await until('the worker takes part again', async () => (await cluster.probe('worker-1')).startsWith('200'));
      await untilTasksEnd(cluster);
    },
  },

  'A foreign queue': {
    inject: async cluster => {
      await onBroker(cluster, async channel => {
        await channel.deleteQueue(executeQueue);
        await channel.assertQueue(executeQueue, { durable: true, arguments: { 'x-message-ttl': 60_000 } });
      });
      await schedule(cluster, 2);
    },
    heal: async cluster => {
      await onBroker(cluster, channel => channel.deleteQueue(executeQueue));
      await untilTasksEnd(cluster);
    },
  },

  'A transaction is left open': {
    // It was begun with the drill, because it counts only after a minute.
    inject: () => {},
    heal: cluster => cluster.openTransaction.end(),
  },

  'A standby is promoted': {
    inject: async cluster => {
      await cluster.servers.run('stop-postgresql');
      writeFileSync(join(cluster.servers.folder, 'postgresql/data/standby.signal'), '');
      await cluster.servers.run('start-postgresql');
      await cluster.servers.query('select pg_promote(true, 60)');
      await until('the api is ready', async () => (await cluster.probe('api')).startsWith('200'));
      await schedule(cluster, 3);
    },
    heal: async cluster => {
      const { stdout } = await run(
        'dotnet', [programOf('TasksBus.Server'), '--release-hold'], { env: { ...process.env, ...cluster.environment } });
      if (!stdout.includes('Released')) throw new Error(`--release-hold said: ${stdout}`);
      await untilTasksEnd(cluster);
    },
  },
};

/** A session of PostgreSQL that has begun a transaction and leaves it open. */
export function leaveTransactionOpen(cluster) {
  const psql = cluster.servers.spawn('psql', '-q');
  psql.stdin.write('begin; select 1;\n');
  const ended = new Promise(done => psql.once('exit', done));
  return {
    end: () => {
      psql.stdin.end();
      return ended;
    },
  };
}

async function onBroker(cluster, ask) {
  const connection = await connect(cluster.environment.ConnectionStrings__rabbitmq);
  try {
    await ask(await connection.createChannel());
  } finally {
    await connection.close();
  }
}
