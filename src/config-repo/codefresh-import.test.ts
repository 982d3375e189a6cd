// This file is about integrations of Codefresh: whatever their keys are called they come over, and what does not is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTree } from './read-tree.ts'
import { judge } from './judge.ts'
import { filesOf, fileWith } from './codefresh-fixture.ts'
import { type CodefreshImport, importCodefresh, type ImportHints } from './codefresh-import.ts'
import { objectsOfCluster, objectsOfRepository } from './codefresh-objects.ts'
import { importRuntimes } from './codefresh-runtimes.ts'
import { filesAfter, plan } from './plan.ts'
import type { TreeFile, WrittenObject } from './tree.ts'

const imported = (files: readonly TreeFile[], hints?: ImportHints): CodefreshImport =>
  importCodefresh(objectsOfRepository(files), hints)

function only({ integrations, failed }: CodefreshImport): CodefreshImport['integrations'][number] {
  assert.deepEqual(failed, [])
  assert.equal(integrations.length, 1)
  return integrations[0]!
}

test('a role with the control planes stays with them, and other registries are skipped by name', () => {
  const all = imported(filesOf('codefresh-control-planes'), { namespaces: ['team-*'] })
  const one = only(all)
  assert.deepEqual(one.integration, {
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name: 'ecr-reader' },
    spec: {
      region: 'eu-west-1',
      auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr-reader' } },
      sharing: { namespaces: { names: ['team-*'] } },
    },
  })
  assert.deepEqual(one.placements, [{ is: 'control-planes' }])
  assert.deepEqual([one.secret, one.open, one.said.length], [[], [], 1])
  assert.deepEqual(all.skipped, [
    'docker-hub (resources/control-planes/docker-hub/integration.config.yaml) is of type registry.dockerhub, not registry.ecr: skipped',
    'tracker (resources/control-planes/tracker/integration.config.yaml) is of type issue.jira, not registry.ecr: skipped',
  ])
})

test('an access key keeps its sealed secret, and points at the key it has there', () => {
  const one = only(imported(filesOf('codefresh-all-runtimes')))
  assert.deepEqual(one.integration['spec'], {
    region: 'us-east-2',
    auth: {
      accessKey: {
        secretName: 'ecr-user',
        secretAccessKeyKey: 'secret_access_key',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      },
    },
  })
  assert.deepEqual(one.placements, [{ is: 'all' }])
  assert.deepEqual(
    one.secret.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['SealedSecret ecr-user'],
  )
  assert.ok(one.said.some((text) => text.startsWith('key default of resources/all-runtimes')))
  assert.deepEqual(one.open, [])
})

test('the first layout is for all runtimes, and a name with dots becomes a label', () => {
  const one = only(imported(filesOf('codefresh-first-layout')))
  assert.equal(one.name, 'acme-ecr')
  assert.deepEqual(one.placements, [{ is: 'all' }])
  assert.deepEqual(one.integration['spec'], {
    region: 'eu-central-1',
    auth: {
      accessKey: {
        secretName: 'acme.ecr',
        secretAccessKeyKey: 'AWS_SECRET_KEY',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      },
    },
  })
  assert.ok(one.said.some((text) => text.includes('acme-ecr from now on')))
  assert.ok(one.said.some((text) => text.includes('where integrations lay at first')))
})

test('with a role and a key the role is taken and said so, for each runtime that was selected', () => {
  const one = only(imported(filesOf('codefresh-selected'), { account: '123456789012' }))
  assert.deepEqual(one.placements, [
    { is: 'runtime', runtime: 'blue' },
    { is: 'runtime', runtime: 'green' },
  ])
  assert.deepEqual(one.integration['spec'], {
    region: 'eu-west-1',
    auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/ecr-deployer' } },
  })
  assert.deepEqual(one.secret, [])
  assert.ok(one.said.some((text) => text.includes('the role is taken and the key left out')))
})

test('a role that is named without its account is left to whoever knows it', () => {
  const one = only(imported(filesOf('codefresh-selected')))
  assert.deepEqual(one.open, [
    'role ecr-deployer is named without its account: say --account, or write its ARN',
  ])
})

const config = (name: string, data: Readonly<Record<string, string>>, namespace?: string): WrittenObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'codefresh.io/entity': 'integration-config', 'codefresh.io/integration-type': 'registry.ecr' },
  },
  data,
})

const secretOf = (kind: string, name: string, fields: object, annotations = {}): WrittenObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name,
    namespace: 'codefresh',
    annotations,
    labels: { 'codefresh.io/entity': 'integration-secret', 'codefresh.io/integration-name': name },
  },
  ...fields,
})

const inCluster = (...objects: readonly WrittenObject[]): CodefreshImport =>
  importCodefresh(objectsOfCluster(objects))

const ID = 'AKIAIOSFODNN7EXAMPLE'

for (const data of [
  { region: 'eu-west-1', role: 'R' },
  { aws_region: 'eu-west-1', role_arn: 'R' },
  { awsRegion: 'eu-west-1', roleArn: 'R' },
  { AWS_REGION: 'eu-west-1', AWS_ROLE: 'R' },
  { AWS_DEFAULT_REGION: 'eu-west-1', iam_role: 'R' },
  { 'ecr-region': 'eu-west-1', iamRoleArn: 'R' },
  { provider_info: '{"region":"eu-west-1","role":"R"}' },
]) {
  const told = JSON.stringify(data)
  test(`a role and a region are found in ${told}`, () => {
    const arn = 'arn:aws:iam::123456789012:role/r'
    const read = JSON.parse(told.replace('"R"', `"${arn}"`).replace('\\"R\\"', `\\"${arn}\\"`)) as Record<
      string,
      string
    >
    const one = only(inCluster(config('one', read)))
    assert.deepEqual(one.integration['spec'], { region: 'eu-west-1', auth: { iamRole: { roleArn: arn } } })
  })
}

for (const [idKey, secretKey] of [
  ['access_key_id', 'secret_access_key'],
  ['AWS_ACCESS_KEY', 'AWS_SECRET_KEY'],
  ['accessKeyId', 'secretAccessKey'],
  ['aws_access_key_id', 'password'],
  ['username', 'anything'],
] as const)
  test(`a key is found under ${idKey}, and its secret under ${secretKey}`, () => {
    const one = only(
      inCluster(
        config('one', { region: 'eu-west-1', [idKey]: ID }, 'codefresh'),
        secretOf('Secret', 'one', { data: { [secretKey]: '' } }),
      ),
    )
    assert.deepEqual(one.open, [])
    assert.deepEqual(one.integration['spec'], {
      region: 'eu-west-1',
      auth: {
        accessKey: {
          secretName: 'one',
          secretNamespace: 'codefresh',
          secretAccessKeyKey: secretKey,
          accessKeyId: ID,
        },
      },
    })
    assert.deepEqual(one.secret, [])
  })

test('a key id that stands in the Secret is read from there', () => {
  const data = { accessKeyId: '', aws_secret_access_key: '', session_token: '' }
  const one = only(inCluster(config('one', { region: 'eu-west-1' }), secretOf('Secret', 'one', { data })))
  assert.deepEqual(one.integration['spec'], {
    region: 'eu-west-1',
    auth: {
      accessKey: {
        secretName: 'one',
        secretNamespace: 'codefresh',
        sessionTokenKey: 'session_token',
        accessKeyIdKey: 'accessKeyId',
      },
    },
  })
})

test('a host of ECR tells region and account, and wins over a region that is nearest to somebody', () => {
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const one = only(
    inCluster(config('one', { domain: `https://${host}`, region: 'us-east-2', role: 'reader' })),
  )
  assert.deepEqual(one.integration['spec'], {
    region: 'eu-west-1',
    auth: { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/reader' } },
    registries: [{ host }],
  })
})

test('what is sealed for one place, in the clear, or missing is left to be written anew', () => {
  const about = (...objects: readonly WrittenObject[]): readonly string[] =>
    inCluster(config('one', { region: 'eu-west-1', access_key_id: ID }), ...objects).integrations[0]?.open ??
    []
  const sealed = secretOf('SealedSecret', 'one', { spec: { encryptedData: { secret_key: 'AgB' } } })
  assert.match(about(sealed).join(), /sealed for one place only, and opens nowhere else/)
  assert.match(about().join(), /its secret was not found/)
  const text = JSON.stringify(secretOf('Secret', 'one', { stringData: { secret_key: 'wJalrXUtnFEMI' } }))
  const clear = imported([
    fileWith('resources/control-planes/one/c.json', JSON.stringify(config('one', { region: 'eu-west-1' }))),
    fileWith('resources/control-planes/one/s.json', text),
  ])
  assert.match(only(clear).open.join(), /in the clear, for all to see/)
  assert.ok(!JSON.stringify(clear).includes('wJalrXUtnFEMI'))
})

test('a secret in a ConfigMap is not taken over, and nobody is shown it', () => {
  const all = inCluster(
    config('one', { region: 'eu-west-1', access_key_id: ID, secret_access_key: 'wJalrXUtnFEMI' }),
  )
  assert.match(only(all).open.join(), /in the clear under secret_access_key/)
  assert.ok(!JSON.stringify(all).includes('wJalrXUtnFEMI'))
})

test('what says nothing, cannot be read or has no ConfigMap is told as failed', () => {
  const files = [
    fileWith('resources/control-planes/a/a.yaml', 'metadata: {labels: {codefresh.io/entity: x}\n  broken'),
  ]
  assert.match(imported(files).failed.join(), /^resources\/control-planes\/a\/a\.yaml is no YAML/)
  assert.match(
    inCluster(config('one', { region: 'eu-west-1' })).failed.join(),
    /neither a role nor an access key/,
  )
  const lonely = secretOf('Secret', 'two', { data: { secret_key: '' } })
  const typed = { ...lonely.metadata.labels, 'codefresh.io/integration-type': 'registry.ecr' }
  const found = inCluster({ ...lonely, metadata: { ...lonely.metadata, labels: typed } })
  assert.match(
    found.failed.join(),
    /Secret codefresh\/two is the secret of two, whose ConfigMap was not found/,
  )
})

test('two that say different things under one name become one, and the other is left', () => {
  const at = (runtime: string, region: string): TreeFile =>
    fileWith(
      `resources/runtimes/${runtime}/one/integration.config.yaml`,
      JSON.stringify(config('one', { region, role: 'arn:aws:iam::123456789012:role/r' })),
    )
  const one = only(imported([at('a', 'eu-west-1'), at('b', 'us-east-1')]))
  assert.deepEqual(one.placements, [{ is: 'runtime', runtime: 'a' }])
  assert.match(one.open.join(), /says something else under the same name/)
})

test('runtimes declare the version that takes access keys, and their own where it is told', () => {
  const [production] = importRuntimes(filesOf('codefresh-all-runtimes'))
  assert.equal(production?.path, 'runtimes/production/everpull.yaml')
  assert.match(production?.text ?? '', /version: 0\.1\.44\n +accessKeySince: 0\.1\.27/)
  const [staging] = importRuntimes(filesOf('codefresh-control-planes'))
  assert.doesNotMatch(staging?.text ?? '', / version:/)
  assert.match(staging?.said.join() ?? '', /nothing says which it is/)
  const declared = fileWith('runtimes/staging/everpull.yaml', staging?.text ?? '')
  assert.deepEqual(importRuntimes([...filesOf('codefresh-control-planes'), declared]), [])
})

for (const repository of [
  'codefresh-control-planes',
  'codefresh-all-runtimes',
  'codefresh-selected',
] as const)
  test(`${repository} is a repository by our rules once it is imported`, () => {
    const files = filesOf(repository)
    const all = imported(files, { account: '123456789012' })
    const runtimes = importRuntimes(files).map(({ path, text }) => ({ is: 'write', path, text }) as const)
    let after = filesAfter(files, runtimes)
    for (const { name, placements, integration } of all.integrations) {
      const planned = plan(after, { is: 'save', name, placements, integration: () => integration })
      assert.equal(planned.is, 'planned')
      after = filesAfter(after, planned.changes)
    }
    const tree = readTree(after)
    assert.deepEqual(tree.flaws, [])
    assert.deepEqual(
      judge(tree).filter(({ is }) => is === 'refused'),
      [],
    )
    assert.equal(
      tree.runtimes.every(({ accessKeySince }) => accessKeySince === '0.1.27'),
      true,
    )
  })
