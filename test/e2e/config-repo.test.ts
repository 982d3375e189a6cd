// This file is about an operator that keeps its cluster in line with a Git repository, served over HTTPS.
import assert from 'node:assert/strict'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { after, before, describe, it } from 'node:test'
import { MARK_LABEL } from '../../src/config-repo/sync-record.ts'
import { eventually } from '../support/eventually.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import type { RunningOperator } from '../support/stage.ts'
import { fileOf, integration, OPERATOR_NAMESPACE, SyncedCluster } from '../support/synced-cluster.ts'
import { userEnvironment } from '../support/user-environment.ts'

const externalSecret = (name: string, spec: object = {}, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, ...metadata },
    spec: {
      secretStoreRef: { name: 'vault' },
      data: [{ secretKey: 'aws_secret_access_key', remoteRef: { key: 'ecr' } }],
      ...spec,
    },
  })

const sealedSecret = (name: string): string =>
  JSON.stringify({
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name },
    spec: { encryptedData: { key: 'AgA=' } },
  })

const SHARED = { sharing: { namespaces: { names: ['team-a'] } } }

describe('an operator with a Git repository', () => {
  let cluster: SyncedCluster
  let operator: RunningOperator
  let shell: Shell
  const page = new Map(stepsOf('how-to/git-sync').map(({ title, script }) => [title, script]))
  /** Does what the page says. */
  const follow = (title: string): Promise<void> =>
    shell.run(page.get(title) ?? `echo no step ${title}; false`)
  before(async () => {
    const files = {
      [fileOf('one')]: integration('one'),
      [fileOf('two', 'control-planes')]: integration('two'),
    }
    cluster = await SyncedCluster.open(files)
    operator = await cluster.start()
    shell = startShell(cluster.stage.sandbox.folder, await userEnvironment(cluster.stage))
  })
  after(async () => {
    shell?.close()
    await cluster?.[Symbol.asyncDispose]()
  })

  const edit = (name: string, patch: object): Promise<string> =>
    cluster.stage.kubectl('patch', 'ecrintegration', name, '--type=merge', '-p', JSON.stringify(patch))

  it('applies what the repository holds, and says where it came from', async () => {
    const { objects } = await cluster.synced()
    assert.deepEqual(objects.map(({ name }) => name).toSorted(), ['one', 'two'])
    const head = (await cluster.server.head()) ?? ''
    const isTold = (path: string) => (seen: { status?: { source?: object } }) =>
      JSON.stringify(seen.status?.source) === JSON.stringify({ commit: head, path })
    await cluster.integrationWhere('one', 'is told of', isTold(fileOf('one')))
    await cluster.integrationWhere('two', 'is told of', isTold(fileOf('two', 'control-planes')))
  })

  it('asks the API server nothing in rounds that find nothing new', async () => {
    // Statuses that were just begun, and tests of connections, are told first.
    await operator.logged('the cluster is in line')
    await cluster.looks(3)
    const since = Date.now()
    await cluster.looks(3)
    assert.deepEqual(
      (await cluster.asked(since)).map(({ verb, path }) => `${verb} ${path}`),
      [],
    )
  })

  it('applies what a commit changes, and touches nothing else', async () => {
    const { uid } = (await cluster.integration('two'))?.metadata ?? {}
    const since = Date.now()
    const commit = await cluster.server.commit({ [fileOf('one')]: integration('one', SHARED) })
    const one = await cluster.integrationWhere('one', 'is shared', ({ spec }) => spec.sharing !== undefined)
    assert.deepEqual(one.spec.sharing, SHARED.sharing)
    await cluster.synced(commit)
    await cluster.integrationWhere(
      'one',
      'names the commit',
      ({ status }) => status?.source?.commit === commit,
    )
    const two = await cluster.integration('two')
    assert.equal(two?.metadata.uid, uid)
    assert.notEqual(two?.status?.source?.commit, commit)
    const names = (await cluster.asked(since)).filter(({ resource }) =>
      resource.startsWith('ecrintegrations'),
    )
    assert.ok(
      names.every(({ name }) => name === 'one'),
      JSON.stringify(names),
    )
  })

  it('takes back what is left out of a file', async () => {
    await cluster.server.commit({ [fileOf('one')]: integration('one') })
    await cluster.integrationWhere('one', 'is shared no more', ({ spec }) => spec.sharing === undefined)
  })

  it('puts back what was changed by hand', async () => {
    await edit('one', { spec: { region: 'eu-west-1' } })
    await cluster.integrationWhere('one', 'is put back', ({ spec }) => spec.region === 'us-east-2')
  })

  it('takes away what was added by hand', async () => {
    await edit('one', { spec: SHARED })
    await cluster.integrationWhere('one', 'is shared no more', ({ spec }) => spec.sharing === undefined)
    assert.equal((await cluster.integration('one'))?.spec.region, 'us-east-2')
  })

  it('makes anew what was deleted by hand', async () => {
    const before = await cluster.integration('one')
    await cluster.stage.kubectl('delete', 'ecrintegration', 'one')
    const isNew = ({ metadata }: { metadata: { uid: string } }) => metadata.uid !== before?.metadata.uid
    await cluster.integrationWhere('one', 'is made anew', isNew)
  })

  it('puts the mark back that was taken off', async () => {
    await cluster.stage.kubectl('label', 'ecrintegration', 'one', `${MARK_LABEL}-`)
    const isMarked = ({ metadata }: { metadata: { labels?: object } }) =>
      Object.hasOwn(metadata.labels ?? {}, MARK_LABEL)
    await cluster.integrationWhere('one', 'is marked', isMarked)
  })

  it('deletes what is in the repository no more, and nothing that it did not make', async () => {
    await cluster.stage.apply(integration('ecr-apps'))
    const mark = (await cluster.integration('one'))?.metadata.labels?.[MARK_LABEL] ?? ''
    await cluster.stage.apply(integration('copied', {}, { labels: { [MARK_LABEL]: mark } }))
    await cluster.server.commit({ [fileOf('two', 'control-planes')]: null })
    await cluster.gone('two')
    await cluster.synced()
    await cluster.looks(2)
    assert.ok((await cluster.integration('ecr-apps')) !== undefined)
    assert.ok((await cluster.integration('copied')) !== undefined)
  })

  it('leaves what somebody else made under a name it wants, until that is handed over', async () => {
    await cluster.server.commit({ [fileOf('ecr-apps')]: integration('ecr-apps', SHARED) })
    const { problems } = await cluster.recordWhere('tells of ecr-apps', (record) =>
      record.problems.some(({ path }) => path === fileOf('ecr-apps')),
    )
    assert.match(problems[0]?.because ?? '', /somebody else made EcrIntegration ecr-apps/)
    assert.equal((await cluster.integration('ecr-apps'))?.spec.sharing, undefined)
    await follow('Hand an object over')
    await cluster.integrationWhere('ecr-apps', 'is taken over', ({ spec }) => spec.sharing !== undefined)
    await cluster.recordWhere('tells of nothing', (record) => record.problems.length === 0)
    await follow('See how it fares')
  })

  it('prunes nothing while one file cannot be read, and applies the rest', async () => {
    await cluster.server.commit({
      [fileOf('ecr-apps')]: null,
      [fileOf('broken')]: 'apiVersion: [',
      [fileOf('three')]: integration('three'),
    })
    await cluster.integrationWhere('three', 'is applied', () => true)
    await cluster.synced()
    await cluster.looks(2)
    assert.ok((await cluster.integration('ecr-apps')) !== undefined)
    assert.match(await operator.metrics(), /everpull_config_repo_objects\{outcome="spared"\} 1/)
    await cluster.server.commit({ [fileOf('broken')]: null })
    await cluster.gone('ecr-apps')
  })

  it('leaves out what is not for it, and says why', async () => {
    const files = {
      'secret.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain' } }),
      'elsewhere.yaml': externalSecret('elsewhere', {}, { namespace: 'kube-system' }),
      'store.yaml': externalSecret('store', { secretStoreRef: { name: 'all', kind: 'ClusterSecretStore' } }),
      'sealed.yaml': sealedSecret('sealed'),
      'good.yaml': externalSecret('good'),
      'large.yaml': `# ${'x'.repeat(1 << 20)}\n${externalSecret('large')}`,
      'link.yaml': { symlink: 'good.yaml' },
    }
    const commit = await cluster.server.commit(
      Object.fromEntries(
        Object.entries(files).map(([file, text]) => [fileOf('three', undefined, file), text]),
      ),
    )
    const { problems } = await cluster.synced(commit)
    const told = Object.fromEntries(problems.map(({ path, because }) => [path.split('/').at(-1), because]))
    assert.deepEqual(Object.keys(told).toSorted(), [
      'elsewhere.yaml',
      'large.yaml',
      'link.yaml',
      'sealed.yaml',
      'secret.yaml',
      'store.yaml',
    ])
    assert.match(told['secret.yaml'] ?? '', /only EcrIntegration, SealedSecret and ExternalSecret/)
    assert.match(told['elsewhere.yaml'] ?? '', /kube-system/)
    assert.match(told['store.yaml'] ?? '', /ClusterSecretStore/)
    assert.match(told['sealed.yaml'] ?? '', /SealedSecret \(bitnami.com\/v1alpha1\) is not installed/)
    const all = await cluster.stage.kubectl('get', 'externalsecrets', '-A', '-o', 'name')
    assert.equal(all.trim(), 'externalsecret.external-secrets.io/good')
  })

  it('keeps the Secret of an integration until that is gone, and deletes it then', async () => {
    await cluster.server.commit({
      [fileOf('three', undefined, 'integration.yaml')]: null,
      ...Object.fromEntries(
        ['secret', 'elsewhere', 'store', 'sealed', 'good', 'large', 'link'].map((file) => [
          fileOf('three', undefined, `${file}.yaml`),
          null,
        ]),
      ),
      [fileOf('four')]: integration('four'),
      [fileOf('five')]: integration('five'),
    })
    await cluster.gone('three')
    await eventually('the ExternalSecret is gone', async () => {
      const all = await cluster.stage.kubectl('get', 'externalsecrets', '-A', '-o', 'name')
      return all.trim() === ''
    })
  })

  it('holds back pruning more than half until somebody says that it is meant so', async () => {
    await cluster.synced()
    const commit = await cluster.server.commit({ [fileOf('four')]: null, [fileOf('five')]: null })
    const { held } = await cluster.recordWhere('tells what is held', (record) => record.held !== undefined)
    assert.equal(held?.commit, commit)
    assert.equal(held?.count, 2)
    await operator.logged('pruning is held back')
    assert.match(await operator.metrics(), /everpull_config_repo_objects\{outcome="held"\} 2/)
    assert.ok((await cluster.integration('four')) !== undefined)
    await follow('Let it prune')
    await cluster.gone('four')
    await cluster.gone('five')
    await cluster.recordWhere('holds nothing', (now) => now.held === undefined && now.objects.length === 1)
    const events = await cluster.stage.kubectl('get', 'events', '-n', OPERATOR_NAMESPACE)
    assert.match(events, /PruningHeld/)
  })

  it('follows a branch that was rewritten', async () => {
    const rewritten = await cluster.server.commit(
      { [fileOf('one')]: integration('one', SHARED), [fileOf('one', undefined, '.gitkeep')]: '' },
      { branch: 'other' },
    )
    await cluster.server.git(cluster.server.bare, 'update-ref', 'refs/heads/main', rewritten)
    await cluster.synced(rewritten)
    await cluster.integrationWhere('one', 'is shared', ({ spec }) => spec.sharing !== undefined)
  })

  it('keeps everything while the branch is missing, and goes on once it is there', async () => {
    const head = (await cluster.server.head()) ?? ''
    await cluster.server.commit({ [fileOf('six')]: integration('six') }, { branch: 'aside' })
    await cluster.server.git(cluster.server.bare, 'symbolic-ref', 'HEAD', 'refs/heads/main')
    await cluster.server.deleteBranch('main')
    const { failure } = await cluster.recordWhere(
      'tells of a failure',
      (record) => record.failure !== undefined,
    )
    assert.equal(failure?.reason, 'BranchMissing')
    assert.ok((await cluster.integration('one')) !== undefined)
    assert.match(await operator.metrics(), /everpull_config_repo_failures_total\{reason="BranchMissing"\}/)
    await cluster.server.git(cluster.server.bare, 'update-ref', 'refs/heads/main', head)
    await cluster.synced(head)
    const events = await cluster.stage.kubectl('get', 'events', '-n', OPERATOR_NAMESPACE)
    assert.match(events, /BranchMissing/)
    assert.match(events, /Synced/)
  })

  it('was refused nothing by the API server with the roles printed for it', async () => {
    const requests = await auditedRequests(cluster.stage.sandbox.folder)
    const refused = requests.filter(
      ({ user, status }) => user.startsWith('system:serviceaccount:') && status === 403,
    )
    assert.deepEqual(refused, [])
  })

  it('prunes nothing when the folder of all resources is gone', async () => {
    await cluster.server.commit({
      [fileOf('one')]: null,
      [fileOf('one', undefined, '.gitkeep')]: null,
      README: 'x',
    })
    const { held } = await cluster.recordWhere('tells what is held', (record) => record.held !== undefined)
    assert.match(held?.because ?? '', /resources\//)
    assert.ok((await cluster.integration('one')) !== undefined)
  })
})
