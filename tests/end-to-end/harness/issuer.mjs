import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An OpenID Connect issuer on this machine: discovery, keys, and tokens signed with them. It goes when the test ends. */
export class Issuer {
  #key;
  #id;
  #server;

  static async start(t) {
    const issuer = new Issuer();
    issuer.rotate();
    issuer.#server = createServer((request, response) => {
      const document = {
        '/.well-known/openid-configuration': { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }, '/keys': { keys: [issuer.#jwk()] },
      }[request.url];
      response.writeHead(document ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(document ?? {}));
    });
    await issuer.start();
    t.after(() => issuer.stop());
    return issuer;
  }

  /** Listens, again at the same address where it did before. */
  async start() {
    await new Promise((done, failed) => this.#server.listen(this.port ?? 0, '127.0.0.1', done).once('error', failed));
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise(done => this.#server.close(done));
  }

  /** Signs with a new key from now on; the old one is forgotten. */
  rotate() {
    this.#key = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#id = randomUUID();
  }

  token(claims) {
    const now = Math.floor(Date.now() / 1000);
    const header = encode({ alg: 'RS256', typ: 'at+jwt', kid: this.#id });
    const content = `${header}.${encode({ iss: this.url, aud: 'tasks', iat: now, exp: now + 300, ...claims })}`;
    return `${content}.${sign('RSA-SHA256', content, this.#key.privateKey).toString('base64url')}`;
  }

  #jwk() {
    return { ...this.#key.publicKey.export({ format: 'jwk' }), kid: this.#id, use: 'sig' };
  }
}
