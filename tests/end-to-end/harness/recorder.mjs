import { createServer } from 'node:http';

/** An endpoint that keeps each request as it arrived and answers `null`, as a function that returns nothing does. */
export class Recorder {
  requests = [];

  /** Listens on a free port; `make` makes the server, for one that speaks TLS. */
  static async start(t, { host = '127.0.0.1', make = createServer } = {}) {
    const recorder = new Recorder();
    const server = make((request, response) => {
      const chunks = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        recorder.requests.push({ method: request.method, path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
        response.writeHead(200, { 'Content-Type': 'application/json' }).end('null');
      });
    });
    await new Promise((done, failed) => server.listen(0, host, done).once('error', failed));
    recorder.port = server.address().port;
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    return recorder;
  }
}
