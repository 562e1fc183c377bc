import { createServer, request as send } from 'node:http';
import { LocalLambda } from './local-lambda.mjs';

/** The local Lambda endpoint behind one that can be told to answer as AWS does when it refuses a function, or not to answer. */
export class FaultyLambda {
  /** What becomes of a function's invocations, by its name: they are refused with status, code and message, or held. */
  faults = new Map();
  #held = [];
  #server;
  #port;

  static async start(t) {
    const faulty = new FaultyLambda();
    const lambda = await LocalLambda.start(t);
    faulty.key = lambda.key;
    const target = new URL(lambda.endpoint);
    // The connections of a server that waits must not be closed under it.
    const server = faulty.#server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      const name = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url)?.[1];
      const fault = faulty.faults.get(name);
      if (fault) request.resume().once('end', () => fault.isHeld ? faulty.#held.push(response) : refuse(response, fault));
      else pass(request, response, target);
    });
    await faulty.comeBack();
    faulty.#port = server.address().port;
    faulty.endpoint = `http://127.0.0.1:${faulty.#port}`;
    t.after(() => faulty.leave());
    return faulty;
  }

  /** Refuses connections from now on, and ends those that there are. */
  leave() {
    return new Promise(done => {
      this.#server.close(done);
      this.#server.closeAllConnections();
    });
  }

  comeBack() {
    return new Promise((done, failed) => this.#server.listen(this.#port ?? 0, '127.0.0.1', done).once('error', failed));
  }

  /** How many invocations are held. */
  get held() {
    return this.#held.length;
  }

  /** Functions run again, and those that are held return. */
  mend() {
    this.faults.clear();
    for (const response of this.#held.splice(0)) response.writeHead(200, { 'Content-Type': 'application/json' }).end('null');
  }
}

function refuse(response, { status, code, message }) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code }).end(JSON.stringify({ Message: message }));
}

/** The signature covers the name of the host that was asked, so headers stay as they are. */
function pass(request, response, { hostname: host, port }) {
  const passed = send({ host, port, method: request.method, path: request.url, headers: request.headers },
    answer => answer.pipe(response.writeHead(answer.statusCode, answer.headers)));
  passed.once('error', () => response.destroy());
  request.pipe(passed);
}
