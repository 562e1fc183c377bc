import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateFunctionCommand, DeleteFunctionCommand, GetAccountSettingsCommand, GetFunctionCommand, InvokeCommand, LambdaClient,
  ListVersionsByFunctionCommand, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand,
  InvalidParameterValueException, PreconditionFailedException, ResourceConflictException, ResourceNotFoundException,
  paginateListFunctions, waitUntilFunctionActiveV2, waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { LocalLambda } from './harness/local-lambda.mjs';
import { zip } from './harness/zip.mjs';

const Role = 'arn:aws:iam::123456789012:role/end-to-end';
const waiting = client => ({ client, maxWaitTime: 120, minDelay: 0.05, maxDelay: 0.2 });

test('the AWS SDK for JavaScript manages and invokes functions, '
  + 'waits for them and throws its typed errors', async t => {
  const lambda = await LocalLambda.start(t);
  const client = new LambdaClient({ endpoint: lambda.endpoint, region: 'eu-central-1', credentials: lambda.key, maxAttempts: 1 });
  t.after(() => client.destroy());
  const ZipFile = zip({
    'src/app.cjs': 'exports.run = async event => { if (event.fail) throw new TypeError("on purpose"); return [event, process.env.AA]; };',
  });
  const base = { Runtime: 'nodejs20.x', Handler: 'src/app.run', Role, Timeout: 60, Code: { ZipFile } };
  const invoke = async (FunctionName, event, more = {}) => {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), ...more }));
    return { ...answer, json: answer.Payload?.length ? JSON.parse(answer.Payload.transformToString()) : undefined };
  };

  const created = await client.send(
    new CreateFunctionCommand({ ...base, FunctionName: 'typed', Environment: { Variables: { AA: 'ä' } } }));
  assert.equal(created.State, 'Pending');
  assert.equal((await waitUntilFunctionActiveV2(waiting(client), { FunctionName: 'typed' })).state, 'SUCCESS');
  assert.deepEqual((await invoke('typed', { n: 1 })).json, [{ n: 1 }, 'ä']);
  assert.deepEqual((await invoke(created.FunctionArn, 2)).json, [2, 'ä']);
  const failed = await invoke('typed:$LATEST', { fail: true }, { LogType: 'Tail' });
  assert.deepEqual([failed.FunctionError, failed.json.errorType, failed.json.errorMessage], ['Unhandled', 'TypeError', 'on purpose']);
  assert.match(Buffer.from(failed.LogResult, 'base64').toString(), /Invoke Error/);
  assert.equal((await invoke('typed', {}, { InvocationType: 'Event' })).StatusCode, 202);

  const code = await client.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'typed', ZipFile: zip({ 'src/app.cjs': 'exports.run = async () => "second";' }) }));
  assert.equal(code.LastUpdateStatus, 'InProgress');
  assert.equal((await waitUntilFunctionUpdatedV2(waiting(client), { FunctionName: 'typed' })).state, 'SUCCESS');
  const changed = await client.send(new UpdateFunctionConfigurationCommand({
    FunctionName: 'typed', Timeout: 30,
    RevisionId: (await client.send(new GetFunctionCommand({ FunctionName: 'typed' }))).Configuration.RevisionId,
  }));
  assert.equal(changed.Timeout, 30);
  await waitUntilFunctionUpdatedV2(waiting(client), { FunctionName: 'typed' });
  assert.equal((await invoke('typed', {})).json, 'second');

  for (let i = 0; i < 5; i++) await client.send(new CreateFunctionCommand({ ...base, FunctionName: `page-${i}` }));
  const names = [];
  for await (const page of paginateListFunctions({ client, pageSize: 4 }, {})) names.push(page.Functions.map(each => each.FunctionName));
  assert.deepEqual(names, [['page-0', 'page-1', 'page-2', 'page-3'], ['page-4', 'typed']]);
  assert.equal((await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'typed' }))).Versions[0].Version, '$LATEST');
  assert.equal((await client.send(new GetAccountSettingsCommand({}))).AccountUsage.FunctionCount, 6);

  await assert.rejects(client.send(new CreateFunctionCommand({ ...base, FunctionName: 'typed' })), ResourceConflictException);
  await assert.rejects(
    client.send(
      new CreateFunctionCommand({ ...base, FunctionName: 'layers', Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:a:1'] })),
    InvalidParameterValueException);
  await assert.rejects(
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'typed', RevisionId: 'another' })), PreconditionFailedException);
  await client.send(new DeleteFunctionCommand({ FunctionName: 'typed' }));
  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: 'typed' })), ResourceNotFoundException);
  await assert.rejects(invoke('typed', {}), ResourceNotFoundException);
});
