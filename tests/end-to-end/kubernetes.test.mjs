import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap, Namespace, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';

const models = {
  ConfigMap, Deployment, Namespace, NetworkPolicy, PodDisruptionBudget, ScaledObject, Secret, Service, ServiceAccount,
};
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');

/** What kubectl apply -k would send, each object by its kind and name, checked against its schema. */
function build(folder) {
  const output = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return new Map(parseAllDocuments(output).map(document => document.toJS()).map(object => {
    assert.ok(models[object.kind], object.kind);
    new models[object.kind](object).validate();
    return [`${object.kind} ${object.metadata.name.replace(/-[a-z0-9]{10}$/, '')}`, object];
  }));
}

const containerOf = deployment => deployment.spec.template.spec.containers[0];

test('the manifests are valid, and nothing in them has more power than it needs', () => {
  const objects = build(resolve(root, 'ops/kubernetes/cluster'));

  assert.deepEqual([...objects.keys()].sort(), [
    'ConfigMap tasksbus', 'Deployment api', 'Deployment dispatcher', 'Deployment worker', 'Namespace tasksbus', 'NetworkPolicy callers',
    'NetworkPolicy nobody', 'NetworkPolicy prometheus', 'PodDisruptionBudget api', 'PodDisruptionBudget dispatcher',
    'PodDisruptionBudget worker', 'Service api', 'ServiceAccount tasksbus']);
  for (const role of ['api', 'dispatcher', 'worker']) {
    const deployment = objects.get(`Deployment ${role}`);
    const [pod, container] = [deployment.spec.template.spec, containerOf(deployment)];
    assert.equal(container.env.find(each => each.name === 'TasksBus__Roles').value, role);
    assert.ok(pod.securityContext.runAsNonRoot && !pod.automountServiceAccountToken, role);
    assert.deepEqual(container.securityContext,
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      assert.match(container[probe].httpGet.path, /^\/health\/(live|ready)$/);
    const labels = deployment.spec.template.metadata.labels;
    for (const selector of [deployment.spec.selector, objects.get(`PodDisruptionBudget ${role}`).spec.selector])
      for (const [name, value] of Object.entries(selector.matchLabels)) assert.equal(labels[name], value, role);
  }
});

test('a worker has the time that its drain may take', () => {
  const worker = build(resolve(root, 'ops/kubernetes/cluster')).get('Deployment worker');
  const [hours, minutes, seconds] =
    containerOf(worker).env.find(each => each.name === 'TasksBus__DrainTimeout').value.split(':').map(Number);
  assert.ok(worker.spec.template.spec.terminationGracePeriodSeconds >= (hours * 60 + minutes) * 60 + seconds + 15);
});

test('workers scale by what waits and runs, by metrics that there are, and nobody else sets how many run', () => {
  const objects = build(resolve(root, 'ops/kubernetes/keda'));
  const scaled = objects.get('ScaledObject worker');
  const worker = objects.get('Deployment worker');
  assert.equal(scaled.spec.scaleTargetRef.name, worker.metadata.name);
  assert.equal(worker.spec.replicas, undefined);
  const [trigger] = scaled.spec.triggers;
  assert.equal(trigger.metadata.threshold, containerOf(worker).env.find(each => each.name === 'TasksBus__WorkerSlots').value);
});

test('a kustomization on top sets image, settings and secrets', t => {
  const folder = mkdtempSync(join(tmpdir(), 'tasksbus-kustomize-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(resolve(root, 'ops/kubernetes/cluster'), join(folder, 'base'));
  writeFileSync(join(folder, 'tasksbus.env'), 'ConnectionStrings__tasksbus=Host=db;Password=secret\n');
  writeFileSync(join(folder, 'kustomization.yaml'), `
namespace: tasksbus
bases: [base]
images: [{ name: tasksbus-server, newName: registry.example.com/tasksbus-server, newTag: 1.0.0 }]
configMapGenerator: [{ name: tasksbus, behavior: merge, literals: [TasksBus__Lambda__Region=eu-central-1] }]
secretGenerator: [{ name: tasksbus, env: tasksbus.env }]
`);

  const objects = build(folder);

  const container = containerOf(objects.get('Deployment api'));
  assert.equal(container.image, 'registry.example.com/tasksbus-server:1.0.0');
  const settings = objects.get('ConfigMap tasksbus');
  assert.deepEqual([settings.data.TasksBus__Lambda__Region, settings.data.TasksBus__Metrics], ['eu-central-1', 'true']);
  assert.deepEqual(container.envFrom.map(each => (each.configMapRef ?? each.secretRef).name),
    [settings.metadata.name, objects.get('Secret tasksbus').metadata.name]);
});
