import { Network } from '../../chaos/harness/proxy.mjs';
import { openBrowser } from './browser.mjs';
import { CommandLine } from './command-line.mjs';
import { FaultyLambda } from './faulty-lambda.mjs';
import { Prometheus } from './prometheus.mjs';
import { freePort, Server } from './server.mjs';
import { Servers } from './servers.mjs';
import { until } from './wait.mjs';
import { zip } from './zip.mjs';

/** A process of the cluster, which can be stopped where it stands. */
class Member extends Server {
  constructor(name, settings, options) {
    super(settings, options);
    this.name = name;
  }

  freeze() {
    process.kill(this.pid, 'SIGSTOP');
  }

  thaw() {
    process.kill(this.pid, 'SIGCONT');
  }
}

/**
 * A cluster with all that an operator looks at: the dashboard in a browser, the command line, health probes, and a Prometheus with the
 * alert rules. Every member keeps its port. The api reaches the database over a network that can be cut.
 */
export class WatchedCluster {
  members = new Map();
  #ports = new Map();
  #all = [];

  static async start(t) {
    const cluster = new WatchedCluster();
    // What is registered first ends last.
    cluster.servers = Servers.for(t);
    const leave = () => {
      cluster.#all.forEach(member => member.killNow());
      cluster.servers.stopNow();
    };
    process.once('exit', leave);
    t.after(async () => {
      await Promise.all(cluster.#all.map(member => member.kill()));
      process.off('exit', leave);
    });
    [cluster.lambda, cluster.prometheus, cluster.environment] =
      await Promise.all([FaultyLambda.start(t), Prometheus.start(t), cluster.servers.start()]);
    cluster.network = new Network();
    t.after(() => cluster.network.stop());
    const { ConnectionStrings__tasksbus: database } = cluster.environment;
    await cluster.network.start(Number(/Port=(\d+)/.exec(database)[1]));
    cluster.overNetwork = { ConnectionStrings__tasksbus: database.replace(/Port=\d+/, `Port=${cluster.network.port}`) };
    await cluster.launch('api', {}, cluster.overNetwork);
    await Promise.all(['dispatcher-1', 'worker-1', 'worker-2'].map(name => cluster.launch(name)));
    cluster.commandLine = new CommandLine(cluster.servers, { TASKSBUS_SERVER: cluster.api.url });
    const browser = await openBrowser(t);
    cluster.page = await browser.newPage();
    return cluster;
  }

  get api() {
    return this.members.get('api');
  }

  /** Starts a member, and by default waits until it is ready. A name is a role and a number, such as worker-2. */
  async launch(name, settings = {}, connections = {}, { isToBeReady = true } = {}) {
    if (!this.#ports.has(name)) this.#ports.set(name, await freePort());
    const { accessKeyId, secretAccessKey } = this.lambda.key;
    const member = new Member(name, {
      Roles: name.split('-')[0], WorkerSlots: 4, WorkerLease: '00:00:05', Metrics: true,
      'Lambda:Endpoint': this.lambda.endpoint, 'Lambda:Region': 'local', 'Lambda:ExecutionRole': 'arn:aws:iam::123456789012:role/drill',
      'Lambda:AccessKey': accessKeyId, 'Lambda:SecretKey': secretAccessKey, ...settings,
    }, { port: this.#ports.get(name), env: { ...this.environment, ...connections } });
    this.#all.push(member);
    this.members.set(name, member);
    this.#watch();
    if (isToBeReady) await member.untilReady();
    return member;
  }

  /** Ends a member. Prometheus goes on looking for it, unless it is taken off the list. */
  async end(name, { isForgotten = false } = {}) {
    await this.members.get(name).kill();
    if (isForgotten) {
      this.members.delete(name);
      this.#watch();
    }
  }

  async addFunction(name, source) {
    await this.api.ask('POST', '/functions', {
      name, runtime: 'nodejs22.x', entryPoint: 'index.handler', code: zip({ 'index.mjs': source }).toString('base64'),
    });
  }

  /** What `tasksbus doctor` finds: its exit code and its checks. */
  async doctor() {
    const { code, output, errors } = await this.commandLine.run(['doctor', '--json']);
    if (!output) throw new Error(`doctor ended with ${code}: ${errors}`);
    return { code, checks: JSON.parse(output).checks };
  }

  /** What a member answers to a probe, or why it does not. */
  async probe(name, path = '/health/ready') {
    try {
      const response = await fetch(`${this.members.get(name).url}${path}`, { signal: AbortSignal.timeout(15_000) });
      return `${response.status} ${await response.text()}`;
    } catch (error) {
      return error.name === 'TimeoutError' ? 'no answer' : 'refused';
    }
  }

  /** The notes at the top of the dashboard's overview, which is live. */
  async notes() {
    const { page } = this;
    if (!page.url().startsWith(this.api.url)) await page.goto(`${this.api.url}/dashboard`);
    return page.locator('.note').allInnerTexts();
  }

  /** Waits until all is well again: no check has failed. */
  async untilHealed() {
    let seen;
    await until('doctor finds nothing that has failed', async () => (seen = await this.doctor()).code === 0,
      { every: 500, seen: () => JSON.stringify(seen) });
  }

  #watch() {
    this.prometheus.watch([...this.members.values()]);
  }
}

// A test runner that gives up says so with a signal; ending by exit() runs what is registered above.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
