import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { freePort } from './server.mjs';

const page = (title, body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}</html>`;

/**
 * An OpenID Connect provider on this machine: a real one, with a page to sign in by name alone. Its host is another site than the servers
 * of the tests, which are on localhost. It goes when the test ends.
 */
export class IdentityProvider {
  static clientId = 'dashboard';

  /** @param people The claims of each person, by name. */
  static async start(t, people, { addresses, secret = randomBytes(16).toString('hex') }) {
    const provider = new IdentityProvider();
    provider.port = await freePort();
    provider.url = `http://127.0.0.1:${provider.port}`;
    provider.secret = secret;
    /** Every token that it gave out. */
    provider.tokens = [];
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    provider.server = createServer(provider.#handler(people, addresses, privateKey));
    await provider.resume();
    t.after(() => provider.stop());
    return provider;
  }

  /** The settings of a server whose visitors sign in here. */
  get settings() {
    return {
      'SignIn:Issuer': this.url, 'SignIn:Name': 'Example ID', 'SignIn:ClientId': IdentityProvider.clientId,
      ...(this.secret === null ? {} : { 'SignIn:ClientSecret': this.secret }), 'SignIn:PermissionsClaim': 'roles',
    };
  }

  /** Listens, again at the same address where it did before. */
  resume() {
    return new Promise((done, failed) => this.server.listen(this.port, '127.0.0.1', done).once('error', failed));
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise(done => this.server.close(done));
  }

  #handler(people, addresses, privateKey) {
    const provider = new Provider(this.url, {
      clients: [{
        client_id: IdentityProvider.clientId, ...(this.secret === null ? {} : { client_secret: this.secret }),
        token_endpoint_auth_method: this.secret === null ? 'none' : 'client_secret_post',
        redirect_uris: addresses.map(address => `${address}/dashboard/sign-in/callback`),
        post_logout_redirect_uris: addresses.map(address => `${address}/dashboard/sign-in`),
      }],
      claims: { openid: ['sub', 'roles'], profile: ['preferred_username'] },
      conformIdTokenClaims: false,
      cookies: { keys: [randomBytes(16).toString('hex')] },
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: {
          logoutSource: (context, form) => context.body = page(
            'Leave?', `${form}<button type="submit" form="op.logoutForm" value="yes" name="logout">Yes</button>`),
        },
      },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `${id}@example.org`, ...people[id] }) }),
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' }] },
      loadExistingGrant: async context => {
        const grant = new provider.Grant({ accountId: context.oidc.session.accountId, clientId: context.oidc.client.clientId });
        grant.addOIDCScope('openid profile');
        await grant.save();
        return grant;
      },
      pkce: { required: () => true },
      ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 3600, Session: 3600 },
    });
    provider.on('grant.success', context => {
      const { id_token: idToken, access_token: accessToken } = context.body;
      this.tokens.push(idToken, accessToken);
    });
    provider.use(async (context, next) => {
      if (context.path.startsWith('/interaction/')) await this.#interact(provider, context);
      else if (context.path === '/favicon.ico') context.status = 204;
      else await next();
    });
    return provider.callback();
  }

  /** The page that asks for a name. A name, or none for a refusal, is in the query of the next request. */
  async #interact(provider, context) {
    const { searchParams } = new URL(context.href);
    if (searchParams.has('deny'))
      await provider.interactionFinished(context.req, context.res, { error: 'access_denied', error_description: 'The person refused' });
    else if (searchParams.has('name'))
      await provider.interactionFinished(context.req, context.res, { login: { accountId: searchParams.get('name') } });
    else
      context.body = page('Who are you?', `<form><label>Name <input name="name"></label><button>Go on</button></form>
        <form><button name="deny" value="1">Refuse</button></form>`);
    if (context.res.writableEnded) context.respond = false;
  }
}
