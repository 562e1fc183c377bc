import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Recorder } from './harness/recorder.mjs';
import { Workspace } from './harness/workspace.mjs';

// AWS by its own names, over TLS and behind a proxy that leads to a server of ours: nothing leaves this machine.
const names = [
  ['the region alone', {}, {}, 'lambda.eu-west-1.amazonaws.com'],
  ['the options for FIPS and dual-stack', { 'Lambda:UseFips': 'true', 'Lambda:UseDualStack': 'true' }, {}, 'lambda-fips.eu-west-1.api.aws'],
  [
    'the environment of the AWS SDKs', {}, { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    'lambda-fips.eu-west-1.api.aws',
  ],
  ['options against the environment', { 'Lambda:UseFips': 'false' }, { AWS_USE_FIPS_ENDPOINT: 'true' }, 'lambda.eu-west-1.amazonaws.com'],
];

for (const [how, settings, env, host] of names) {
  test(`${how} leads to ${host}, through the proxy of HTTPS_PROXY`, async t => {
    const { lambda, proxy, workspace, trust } = await behindProxy(t);
    const server = await workspace.start(
      { ...aws, ...settings }, { env: { ...trust, ...env, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } });

    await server.create({ functionName: 'hello' });
    await server.untilCount('complete', 1);

    // One when the worker warms up, and perhaps another for the invocation.
    assert.deepEqual([...new Set(proxy.tunnels)], [`${host}:443`]);
    assert.deepEqual(
      lambda.requests.map(request => [request.path, request.headers.host]), [['/2015-03-31/functions/hello/invocations', host]]);
  });
}

test('the option Proxy comes before HTTPS_PROXY, and its password is in no log and no answer', async t => {
  const { lambda, proxy, workspace, trust } = await behindProxy(t, 'user:very+secret');
  const server = await workspace.start({ ...aws, WorkerSlots: 1, 'Lambda:Proxy': `http://user:very%2Bsecret@127.0.0.1:${proxy.port}` },
    {
      env: { ...trust, HTTPS_PROXY: 'http://127.0.0.1:9' },
      args: ['--Logging:LogLevel:Default=Trace', '--Logging:LogLevel:Microsoft=Trace'],
    });

  const { id } = await server.create({ functionName: 'hello' });
  await server.untilCount('complete', 1);

  assert.equal(lambda.requests.length, 1);
  const answer = JSON.stringify(await server.get(id));
  const { output, errors } = await server.signal('SIGTERM');
  for (const secret of ['very+secret', 'very%2Bsecret', aws['Lambda:SecretKey']])
    assert.ok(!(output + errors + answer).includes(secret), secret);
});

test('NO_PROXY is heeded', async t => {
  const address = Object.values(networkInterfaces()).flat().find(one => one.family === 'IPv4' && !one.internal)?.address;
  if (!address) return t.skip('this machine has no address but its own');
  const lambda = await Recorder.start(t, { host: address });
  const { proxy, workspace } = await behindProxy(t);
  const server = await workspace.start({ ...aws, 'Lambda:Endpoint': `http://${address}:${lambda.port}` },
    { env: { http_proxy: `http://127.0.0.1:${proxy.port}`, NO_PROXY: `example.com,${address}` } });

  await server.create({ functionName: 'hello' });
  await server.untilCount('complete', 1);

  assert.equal(lambda.requests.length, 1);
  assert.deepEqual(proxy.tunnels, []);
});

const aws = { WorkerSlots: 1, 'Lambda:Region': 'eu-west-1', 'Lambda:AccessKey': 'AKIDEXAMPLE', 'Lambda:SecretKey': 'a-secret-of-AWS' };

/** A recorder that speaks TLS in AWS's names, a proxy that leads every tunnel to it, and what makes a server trust its certificate. */
async function behindProxy(t, account) {
  const workspace = new Workspace(t);
  const [key, cert] = ['key.pem', 'cert.pem'].map(name => join(workspace.folder, name));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', key, '-out', cert,
    '-subj', '/CN=test', '-addext', 'subjectAltName=DNS:*.eu-west-1.amazonaws.com,DNS:*.eu-west-1.api.aws',
  ], { stdio: 'ignore' });
  const lambda = await Recorder.start(
    t, { make: listener => createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener) });
  return { lambda, proxy: await startProxy(t, lambda.port, account), workspace, trust: { SSL_CERT_FILE: cert } };
}

async function startProxy(t, target, account) {
  const tunnels = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket, head) => {
    socket.on('error', () => {});
    const expected = account && `Basic ${Buffer.from(account).toString('base64')}`;
    if (expected && request.headers['proxy-authorization'] !== expected) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n'
        + 'Content-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    tunnels.push(request.url);
    const onward = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  await new Promise(done => proxy.listen(0, '127.0.0.1', done));
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { port: proxy.address().port, tunnels };
}
