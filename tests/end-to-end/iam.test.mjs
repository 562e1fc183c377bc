import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

// The policies of ops/iam, as far as they can be judged without AWS: they parse, name actions that exist, and allow no more than they must.
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const page = readFileSync(join(root, 'ops/docs/aws.md'), 'utf8');
const actions = [
  'lambda:InvokeFunction', 'lambda:CreateFunction', 'lambda:GetFunction', 'lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration',
  'lambda:DeleteFunction',
  'iam:PassRole', 'sts:AssumeRole', 'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents',
];
const policies = readdirSync(join(root, 'ops/iam')).map(name => [name, JSON.parse(readFileSync(join(root, 'ops/iam', name), 'utf8'))]);
const list = one => [one].flat();

for (const [name, policy] of policies) {
  test(`${name} is a policy that allows named actions on named resources`, () => {
    assert.equal(policy.Version, '2012-10-17');
    assert.ok(policy.Statement.length > 0);
    for (const statement of policy.Statement) {
      assert.match(statement.Sid, /^[A-Za-z0-9]+$/);
      assert.equal(statement.Effect, 'Allow');
      for (const action of list(statement.Action)) assert.ok(actions.includes(action), `${action} is no action that TasksBus needs`);
      if (name.endsWith('-trust.json')) {
        assert.ok(statement.Principal && !JSON.stringify(statement.Principal).includes('*'), 'a role trusts somebody in particular');
        if (statement.Principal.Service)
          assert.equal(statement.Condition?.StringEquals['aws:SourceAccount'], '123456789012', 'a service acts for one account only');
        if (statement.Principal.AWS)
          assert.ok(statement.Condition.StringEquals['sts:ExternalId'], 'and one of another account on a condition');
      } else {
        for (const resource of list(statement.Resource))
          assert.match(resource, /^arn:aws:(lambda|logs):eu-west-1:123456789012:.*tasks-\*$|^arn:aws:iam::123456789012:role\/[\w-]+$/);
      }
      if (list(statement.Action).includes('iam:PassRole')) {
        assert.deepEqual(list(statement.Action), ['iam:PassRole']);
        assert.equal(statement.Condition.StringEquals['iam:PassedToService'], 'lambda.amazonaws.com');
      }
    }
  });

  test(`${name} is explained on the page on AWS`, () => assert.ok(page.includes(`(../iam/${name})`)));
}

test('to run functions takes one permission', () => {
  const [, invoke] = policies.find(([name]) => name === 'invoke.json');
  assert.deepEqual(invoke.Statement.flatMap(statement => list(statement.Action)), ['lambda:InvokeFunction']);
});
