// This file is about a Git sync in trouble: credentials, servers and leaders that fail, and who else is in the cluster.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { eventually } from '../support/eventually.ts'
import { GIT_READER, GIT_WRITER } from '../support/git-server.ts'
import type { RunningOperator } from '../support/stage.ts'
import { fileOf, integration, KEPT, SyncedCluster } from '../support/synced-cluster.ts'

const SHARED = { sharing: { namespaces: { names: ['team-a'] } } }
const WRONG = 'not-the-token-of-anybody'

describe('an operator whose Git server fails', () => {
  let cluster: SyncedCluster
  let operator: RunningOperator
  before(async () => {
    cluster = await SyncedCluster.open({ [fileOf('one')]: integration('one') })
    operator = await cluster.start()
    await cluster.synced()
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  const failing = (reason: string) =>
    cluster.recordWhere(`tells of ${reason}`, ({ failure }) => failure?.reason === reason)

  it('uses new credentials as soon as the old ones fail', async () => {
    await cluster.credentials(GIT_WRITER)
    cluster.server.setFault('401')
    await failing('CredentialsRefused')
    cluster.server.setFault(undefined)
    const commit = await cluster.server.commit({ [fileOf('two')]: integration('two') })
    await cluster.synced(commit)
  })

  it('says that credentials are refused, tells nobody what they are, and goes on once they are right', async () => {
    await cluster.credentials({ username: GIT_READER.username, password: WRONG })
    cluster.server.setFault('401')
    await failing('CredentialsRefused')
    cluster.server.setFault(undefined)
    // It was read while the server was at fault, and is refused now for what it is.
    await cluster.looks(1)
    assert.ok((await cluster.integration('one')) !== undefined)
    await cluster.credentials(GIT_READER)
    await cluster.synced()
    for (const secret of [WRONG, GIT_READER.password, GIT_WRITER.password]) {
      assert.ok(!operator.output.includes(secret))
    }
  })

  it('says that the credentials are missing, and goes on once they are there', async () => {
    cluster.server.setFault('401')
    await cluster.stage.kubectl('delete', 'secret', 'git-credentials', '-n', 'everpull')
    const { failure } = await failing('CredentialsMissing')
    assert.match(failure?.message ?? '', /there is no Secret everpull\/git-credentials/)
    cluster.server.setFault(undefined)
    await cluster.credentials(GIT_READER)
    await cluster.synced()
  })

  it('says that the certificate is not trusted', async () => {
    cluster.server.setFault('401')
    await cluster.stage.kubectl('delete', 'secret', 'git-credentials', '-n', 'everpull')
    await failing('CredentialsMissing')
    cluster.server.setFault(undefined)
    await cluster.secret({ username: GIT_READER.username, password: GIT_READER.password })
    const { failure } = await failing('RepositoryUnreachable')
    assert.match(failure?.message ?? '', /certificate/)
    await cluster.credentials(GIT_READER)
    await cluster.synced()
  })

  it('heals what is changed by hand though the server does not answer', async () => {
    cluster.server.setFault('503')
    await failing('RepositoryUnreachable')
    const patch = JSON.stringify({ spec: SHARED })
    await cluster.stage.kubectl('patch', 'ecrintegration', 'one', '--type=merge', '-p', patch)
    await cluster.integrationWhere('one', 'is shared no more', ({ spec }) => spec.sharing === undefined)
    cluster.server.setFault(undefined)
    await cluster.synced()
  })

  it('goes on where it was when the API server was away in the middle', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `many-${i}`)
    await cluster.server.commit(Object.fromEntries(names.map((name) => [fileOf(name), integration(name)])))
    await cluster.integrationWhere('many-3', 'is applied', () => true)
    await cluster.stage.sandbox.restartPart('kube-apiserver')
    // An API server that has just started may refuse what it allows a moment later.
    await cluster.recordWhere(
      'holds all of them',
      ({ objects }) => objects.length === names.length + 2 && objects.every(({ uid }) => uid !== undefined),
    )
  })

  it('writes nothing when it is started again', async () => {
    await cluster.recordWhere('tells of no problem', ({ problems }) => problems.length === 0)
    await operator.stop()
    const since = Date.now()
    const again = await cluster.start()
    await eventually('it is in line', async () =>
      /everpull_config_repo_objects\{outcome="synced"\} 32/.test(await again.metrics()),
    )
    await cluster.looks(2)
    const writes = (await auditedRequests(cluster.stage.sandbox.folder)).filter(
      ({ at, user, verb, resource }) =>
        at >= since &&
        user.startsWith('system:serviceaccount:everpull:') &&
        !['get', 'list', 'watch'].includes(verb) &&
        // Whether each may do what it promises is tested anew.
        !['ecrintegrations/status', 'events', 'leases'].includes(resource),
    )
    assert.deepEqual(
      writes.map(({ verb, path }) => `${verb} ${path}`),
      [],
    )
    await again.stop()
  })
})

describe('two runtimes in one cluster', () => {
  /** As little as an operator can be started with. */
  const LITTLE = ['--dialect=everpull', '--namespace=team-green', '--drift-watch=false']
  const OTHER = { namespace: 'everpull-green', name: 'everpull' }
  let cluster: SyncedCluster
  before(async () => {
    cluster = await SyncedCluster.open({
      [fileOf('everywhere')]: integration('everywhere'),
      [fileOf('blue', 'runtimes/blue')]: integration('blue'),
      [fileOf('green-too', 'runtimes/green')]: integration('green-too'),
      [fileOf('green', 'runtimes/green')]: integration('green'),
    })
    const { stage } = cluster
    await stage.namespace(OTHER.namespace)
    await stage.namespace('team-green')
    const account = `--service-account=${OTHER.namespace}/${OTHER.name}`
    await stage.apply(
      await stage.everpull('rbac', account, ...LITTLE, '--config-repo-secret=git-credentials'),
    )
    const { username, password } = GIT_READER
    await cluster.secret(
      { username, password, 'ca.crt': cluster.server.certificateAuthority },
      OTHER.namespace,
    )
    await cluster.start('--runtime=blue')
    await cluster.synced()
    const kubeconfig = join(stage.sandbox.folder, 'green.kubeconfig')
    await writeFile(kubeconfig, await stage.sandbox.kubeconfigFor({ serviceAccount: OTHER }), { mode: 0o600 })
    await cluster.start('--runtime=green', `--kubeconfig=${kubeconfig}`, ...LITTLE)
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  it('have what lies in the folders of each, for each alone', async () => {
    const meant = await Promise.all(
      ['blue', 'green'].map((name) => cluster.integrationWhere(name, 'is applied', () => true)),
    )
    assert.deepEqual(
      meant.map(({ spec }) => spec.runtimes),
      ['blue', 'green'].map((name) => ({ policy: 'Selected', names: [name] })),
    )
  })

  it('leave what is for both to whoever was first, and say so', async () => {
    const { problems } = await cluster.recordWhere(
      'tells of it',
      (record) => record.problems.length > 0,
      OTHER.namespace,
    )
    assert.match(problems[0]?.because ?? '', /another Git sync/)
    assert.deepEqual((await cluster.record())?.problems, [])
  })

  it('prune what is their own alone', async () => {
    await cluster.server.commit({ ...KEPT, [fileOf('green', 'runtimes/green')]: null })
    await cluster.gone('green')
    await cluster.looks(2)
    assert.ok((await cluster.integration('blue')) !== undefined)
    assert.ok((await cluster.integration('everywhere')) !== undefined)
  })

  it('need no rights but those printed for them, which are few', async () => {
    const requests = await auditedRequests(cluster.stage.sandbox.folder)
    const refused = requests.filter(
      ({ user, status }) => user.startsWith('system:serviceaccount:everpull') && status === 403,
    )
    assert.deepEqual(refused, [])
    const events = await cluster.stage.kubectl('get', 'events', '-n', OTHER.namespace)
    assert.match(events, /NotApplied/)
  })
})

describe('an operator that loses its lease', () => {
  let cluster: SyncedCluster
  const elected = ['--leader-elect', '--lease-duration=4s', '--renew-deadline=3s', '--retry-period=1s']
  before(async () => {
    cluster = await SyncedCluster.open({
      [fileOf('one')]: integration('one'),
      [fileOf('other')]: integration('other'),
    })
  })
  after(() => cluster?.[Symbol.asyncDispose]())

  it('hands the repository over to the next, which prunes what the first applied', async () => {
    const first = await cluster.start(...elected)
    await cluster.synced()
    const second = await cluster.start(...elected)
    assert.doesNotMatch(await second.metrics(), /everpull_config_repo_info\{/)
    await first.stop()
    await cluster.server.commit({ [fileOf('one')]: null, [fileOf('two')]: integration('two') })
    await cluster.gone('one')
    await cluster.integrationWhere('two', 'is applied', () => true)
  })
})
