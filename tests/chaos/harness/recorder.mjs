import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/**
 * The functions of the cluster: an endpoint that is compatible with AWS Lambda, in this very process, so that each invocation that was sent
 * is counted, whatever becomes of the worker that sent it. A function takes data.ms milliseconds, and with data.hold until it is let go.
 */
export class Recorder {
  /** In the order in which they arrived. */
  invocations = [];
  #server;
  #held = [];

  async start() {
    // A worker's idle connections must not be closed under it: the outcome of what it sends just then would be unknown.
    this.#server = createServer(
      { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0 }, (request, response) => this.#invoke(request, response));
    this.#server.listen(0, '127.0.0.1', 4_096);
    await new Promise((done, failed) => this.#server.once('listening', done).once('error', failed));
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Ends the functions that are held now. */
  letGo() {
    for (const end of this.#held.splice(0)) end();
  }

  stop() {
    this.letGo();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The invocations of each task of a load, by its key. */
  byKey(load) {
    const found = new Map();
    for (const invocation of this.invocations) {
      if (!load.owns(invocation.key)) continue;
      if (found.has(invocation.key)) found.get(invocation.key).push(invocation);
      else found.set(invocation.key, [invocation]);
    }
    return found;
  }

  async #invoke(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The worker died before it had sent the whole event: nothing was invoked.
    }
    const at = Date.now();
    const event = JSON.parse(Buffer.concat(chunks));
    // Each worker signs with an access key of its own.
    const worker = /Credential=([^/]+)\//.exec(request.headers.authorization)?.[1];
    const invocation = { id: event.id, key: event.data.key, worker, at, claimedAt: Date.parse(event.updateTimestamp), endedAt: null };
    this.invocations.push(invocation);
    if (event.data.ms) await setTimeout(event.data.ms);
    if (event.data.hold) await new Promise(end => this.#held.push(end));
    invocation.endedAt = Date.now();
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('null');
  }
}
