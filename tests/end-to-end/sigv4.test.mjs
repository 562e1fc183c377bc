import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Recorder } from './harness/recorder.mjs';
import { Workspace } from './harness/workspace.mjs';

// What our server sends is signed once more by the AWS SDK for JavaScript: both must come to the same signature.
const region = 'eu-west-1';
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const names = [
  'hello',
  'hello:live',
  'hello:$LATEST',
  'with-dash_and.dot:42',
  'a/b/../c//d',
  '123456789012:function:hello',
  'arn:aws:lambda:eu-west-1:123456789012:function:hello',
  'arn:aws:lambda:eu-west-1:123456789012:function:hello:$LATEST',
  `arn:aws:lambda:eu-west-1:123456789012:function:${'x'.repeat(118)}`,
];

for (const sessionToken of [undefined, 'IQoJb3JpZ2lu/+==.~ %2F']) {
  test('requests are signed as the AWS SDK for JavaScript signs them, '
    + `${sessionToken ? 'with' : 'without'} a session token`, async t => {
    const lambda = await Recorder.start(t);
    const workspace = new Workspace(t);
    const server = await workspace.start({
      WorkerSlots: 1, 'Lambda:Endpoint': `http://127.0.0.1:${lambda.port}`, 'Lambda:Region': region,
      'Lambda:AccessKey': keys.accessKeyId, 'Lambda:SecretKey': keys.secretAccessKey,
      ...(sessionToken && { 'Lambda:SessionToken': sessionToken }),
    });
    const data = [{}, { text: 'ü \u{1F600} \\ " / + & = %' }, { large: 'x'.repeat(5_000_000) }];
    for (const functionName of names) await server.create({ functionName, data: data[1] });
    for (const one of data) await server.create({ functionName: 'hello', data: one });
    await server.untilCount('complete', names.length + data.length);

    assert.equal(lambda.requests.length, names.length + data.length);
    assert.ok(lambda.requests.some(request => request.body.length > 5_000_000));
    for (const request of lambda.requests) {
      assert.equal(request.headers['x-amz-security-token'], sessionToken);
      assert.equal(request.headers.authorization, await signedBySdk(request, sessionToken));
    }
    // A signer that ignored what it is given would agree with anything.
    const [request] = lambda.requests;
    assert.notEqual(request.headers.authorization, await signedBySdk({ ...request, body: Buffer.from('{}') }, sessionToken));
  });
}

test('a function is named in the path as the AWS SDK for JavaScript names it', async t => {
  const lambda = await Recorder.start(t);
  const workspace = new Workspace(t);
  const server = await workspace.start(
    { WorkerSlots: 1, 'Lambda:Endpoint': `http://127.0.0.1:${lambda.port}`, 'Lambda:AccessKey': 'A', 'Lambda:SecretKey': 'S' });
  for (const functionName of names) await server.create({ functionName });
  await server.untilCount('complete', names.length);
  const ours = lambda.requests.splice(0).map(request => request.path);

  const sdk = new LambdaClient({ region, credentials: keys, endpoint: `http://127.0.0.1:${lambda.port}` });
  for (const FunctionName of names) await sdk.send(new InvokeCommand({ FunctionName }));
  sdk.destroy();

  assert.deepEqual(ours, lambda.requests.map(request => request.path));
});

/** The Authorization that the SDK's own signer gives a request, at the time at which we signed it and over the headers that we signed. */
async function signedBySdk({ method, path, headers, body }, sessionToken) {
  // The SDK finds these out for itself: the hash of the body above all.
  const found = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization)[1].split(';').filter(name => !found.includes(name));
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(headers['x-amz-date']);
  const client = new LambdaClient({ region, credentials: { ...keys, sessionToken } });
  const signer = await client.config.signer();
  const { headers: result } = await signer.sign({
    method, protocol: 'http:', hostname: '127.0.0.1', path, query: {}, body,
    headers: Object.fromEntries(signed.map(name => [name, headers[name]])),
  }, { signingDate: new Date(Date.UTC(year, month - 1, day, hour, minute, second)) });
  client.destroy();
  return result.authorization;
}
