import { connect, createServer } from 'node:net';

/** The network to a server: a TCP proxy that can be cut, without a word to either side. What was on its way arrives when it is mended. */
export class Network {
  #server;
  #sockets = new Set();
  #isCut = false;

  async start(port) {
    this.#server = createServer({ pauseOnConnect: true }, client => {
      const server = connect(port, '127.0.0.1');
      for (const [from, to] of [[client, server], [server, client]]) {
        this.#sockets.add(from);
        from.setNoDelay();
        from.on('data', chunk => to.write(chunk));
        from.on('end', () => to.end());
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
        if (this.#isCut) from.pause();
        else from.resume();
      }
    });
    this.#server.listen(0, '127.0.0.1');
    await new Promise((done, failed) => this.#server.once('listening', done).once('error', failed));
    this.port = this.#server.address().port;
  }

  /** From now on connections are silent: those that are open, and those that are new. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend() {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
