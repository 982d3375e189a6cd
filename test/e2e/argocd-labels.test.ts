// This file is about Argo CD's labelled Secrets: what other refreshers of theirs get wrong, done on a real control plane.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { SECRETS } from '../../src/kube/resource.ts'
import { mergePatch } from '../../src/kube/writes.ts'
import { adminClient } from '../support/admin-client.ts'
import { OPERATOR_USER } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { type LabelledSecret, labelledSecret, sharedIntegration } from '../support/labelled-secrets.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const ARGOCD = 'argocd'
const UPDATER = { 'argocd-ecr-updater': 'enabled' }
const LIMIT_MS = 30_000

const hostIn = (region: string): string => `123456789012.dkr.ecr.${region}.amazonaws.com`

interface EventList {
  readonly items: readonly {
    readonly reason: string
    readonly message: string
    readonly involvedObject: { readonly name: string }
  }[]
}

const isServed = ({ data }: SecretSeen): boolean =>
  data['username'] === 'AWS' && data['password'] !== undefined
const isOurs = (annotation: string): boolean => annotation.startsWith('everpull.dev/delivery-')

/** All of a Secret that is its owner's. */
function ownersPart({ metadata, type, data }: SecretSeen): object {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => !isOurs(key))
  const others = { ...data, username: '', password: '' }
  const { uid, labels } = metadata
  return { type, uid, labels, annotations, others }
}

/** What is asked of a cluster with one operator, or two, and Secrets in the namespace of an Argo CD. */
class Labels {
  readonly stage: Stage
  readonly namespace: string

  constructor(stage: Stage, namespace = ARGOCD) {
    this.stage = stage
    this.namespace = namespace
  }

  async apply(name: string, asked: Omit<LabelledSecret, 'namespace' | 'name'>): Promise<void> {
    await this.stage.apply(labelledSecret({ namespace: this.namespace, name, ...asked }))
  }

  served(name: string, limitMs = LIMIT_MS): Promise<SecretSeen> {
    return this.stage.secretWhere(this.namespace, name, 'holds a login', isServed, limitMs)
  }

  async of(name: string): Promise<SecretSeen> {
    return (await this.stage.secret(this.namespace, name)) ?? assert.fail(`there is no Secret ${name}`)
  }

  /** An event about the Secret, with these words in its message. */
  told(name: string, reason: string, words: string): Promise<string> {
    return eventually(
      `an event about ${name}: ${reason} ${words}`,
      async () => {
        const events = await this.stage.get<EventList>('events', '-n', this.namespace)
        return events?.items.find(
          (event) =>
            event.involvedObject.name === name && event.reason === reason && event.message.includes(words),
        )?.message
      },
      LIMIT_MS,
    )
  }

  async mints(region: string): Promise<readonly { readonly principal: string }[]> {
    return this.stage.calls(`?operation=GetAuthorizationToken&region=${region}&outcome=ok`)
  }
}

describe('labelled Secrets of Argo CD', { timeout: 300_000 }, () => {
  let stage: Stage
  let labels: Labels
  let operator: RunningOperator
  let client: KubeClient

  before(async () => {
    stage = await Stage.open({ audit: true })
    labels = new Labels(stage)
    client = await adminClient(stage)
    for (const namespace of [ARGOCD, 'team-a']) await stage.namespace(namespace)
    await stage.apply(sharedIntegration('default', [ARGOCD]))
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(async () => {
    await client?.close()
    await stage[Symbol.asyncDispose]()
  })

  for (const kind of ['repository', 'repo-creds', 'repository-write', 'repo-write-creds']) {
    it(`are served that are labelled ${kind}`, async () => {
      await labels.apply(kind, { kind, url: hostIn('us-east-2') })
      await labels.served(kind)
    })
  }

  it('are served that consent as users of the ArgoCD ECR Updater do', async () => {
    await labels.apply('updater', { optIn: UPDATER, url: hostIn('us-east-2') })
    await labels.served('updater')
  })

  it('have a user name, whoever forgot it', async () => {
    await labels.apply('nameless', { url: hostIn('us-east-2'), more: { password: 'an-old-password' } })
    const { data } = await labels.served('nameless')
    assert.notEqual(data['password'], 'an-old-password')
  })

  it('keep all that is not the login', async () => {
    const more = { name: 'charts', project: 'default', insecure: 'false', username: 'somebody' }
    await labels.apply('kept', {
      url: hostIn('us-east-2'),
      more,
      optIn: {},
      annotations: { team: 'payments' },
    })
    const before = await labels.of('kept')
    assert.equal(before.data['username'], 'somebody')
    await stage.kubectl('label', 'secret', 'kept', '-n', ARGOCD, 'everpull.dev/argocd=enabled')
    const now = await labels.served('kept')
    const consenting = { ...before.metadata.labels, 'everpull.dev/argocd': 'enabled' }
    const metadata = { ...before.metadata, labels: consenting }
    assert.deepEqual(ownersPart(now), ownersPart({ ...before, metadata }))
  })

  const elsewhere: readonly (readonly [string, string, string])[] = [
    ['China', 'cn-north-1', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ['GovCloud, with FIPS', 'us-gov-west-1', '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com'],
    ['the European sovereign cloud', 'eusc-de-east-1', '123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu'],
    ['an isolated partition', 'us-iso-east-1', '123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov'],
    ['both IP families', 'ap-south-1', '123456789012.dkr-ecr.ap-south-1.on.aws'],
  ]
  for (const [where, region, host] of elsewhere) {
    it(`are served for registries of ${where}, by the region’s own API`, async () => {
      const name = `in-${region}`
      await labels.apply(name, { url: `${host}/charts` })
      await labels.served(name)
      assert.equal((await labels.mints(region)).length, 1)
    })
  }

  it('get the login of the integration they name', async () => {
    const { roleArn } = stage.sandbox.aws.principals.roles.govReader
    const auth = { iamRole: { roleArn } }
    await stage.apply(sharedIntegration('gov', [ARGOCD], { region: 'us-gov-east-1', auth }))
    const url = '123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com'
    await labels.apply('gov', { url, annotations: { 'everpull.dev/integration': 'gov' } })
    await labels.served('gov')
    const principals = (await labels.mints('us-gov-east-1')).map(({ principal }) => principal)
    assert.ok(principals.at(-1)?.startsWith('arn:aws-us-gov:sts::'), principals.join())
  })

  it('get none of an integration that is not shared with their namespace, and say so', async () => {
    await stage.apply(sharedIntegration('others', ['team-a']))
    const annotations = { 'everpull.dev/integration': 'others' }
    await labels.apply('refused', { url: hostIn('us-east-2'), annotations })
    await labels.told('refused', 'IntegrationRefused', 'others')
    assert.deepEqual(Object.keys((await labels.of('refused')).data).toSorted(), ['enableOCI', 'type', 'url'])
  })

  it('are refused whose host only looks like a registry, with an event, and stop nobody', async () => {
    const url = `${hostIn('eu-north-1')}.evil.example`
    await labels.apply('a-spoofed', { url })
    await labels.apply('b-empty', { url: '' })
    await labels.apply('c-right', { url: hostIn('eu-north-1') })
    await labels.served('c-right')
    await labels.told('a-spoofed', 'SpecInvalid', 'names no registry of Amazon ECR')
    await labels.told('b-empty', 'SpecInvalid', 'has no "url"')
    for (const name of ['a-spoofed', 'b-empty'])
      assert.ok(!('password' in (await labels.of(name)).data), name)
  })

  it('are tried again soon after AWS failed, and meanwhile stop nobody', async () => {
    await stage.fault({ kind: 'server-error', operation: 'GetAuthorizationToken', region: 'eu-west-3' })
    await labels.apply('later', { url: hostIn('eu-west-3') })
    await labels.told('later', 'AwsUnavailable', '')
    await labels.apply('meanwhile', { url: hostIn('us-east-2') })
    await labels.served('meanwhile')
    await stage.clearFaults()
    await labels.served('later', 60_000)
  })

  it('get their login whoever else writes them at the same time', async () => {
    const name = 'contended'
    await labels.apply(name, { url: hostIn('sa-east-1') })
    const first = await labels.served(name)
    const place = { namespace: ARGOCD, name }
    const hasConflicted = async (): Promise<boolean> =>
      (await auditedRequests(stage.sandbox.folder)).some(
        (request) =>
          request.user === OPERATOR_USER &&
          request.resource === 'secrets' &&
          request.name === name &&
          request.status === 409,
      )
    let round = 0
    await eventually(
      'a write of the operator met one of somebody else',
      async () => {
        for (let edit = 0; edit < 50; edit += 1) {
          round += 1
          const annotations = {
            'everpull.dev/refresh': `round-${Math.ceil(round / 25)}`,
            edit: String(round),
          }
          await mergePatch(
            client,
            SECRETS,
            place,
            { metadata: { annotations } },
            { fieldManager: 'somebody' },
          )
        }
        return hasConflicted()
      },
      120_000,
    )
    const last = String(round)
    const isNew = (now: SecretSeen): boolean =>
      isServed(now) && now.data['password'] !== first.data['password']
    const now = await stage.secretWhere(ARGOCD, name, 'holds a new login', isNew, LIMIT_MS)
    assert.equal(now.metadata.annotations?.['edit'], last)
    assert.equal(operator.child.exitCode, null)
  })

  it('are let go of without the label: the login stays, and nobody repairs it', async () => {
    await labels.apply('left', { url: hostIn('us-east-2') })
    const { data } = await labels.served('left')
    await stage.kubectl('label', 'secret', 'left', '-n', ARGOCD, 'everpull.dev/argocd-')
    const hasNoMark = ({ metadata }: SecretSeen): boolean =>
      !Object.keys(metadata.annotations ?? {}).some((key) => isOurs(key))
    const left = await stage.secretWhere(ARGOCD, 'left', 'bears no mark', hasNoMark, LIMIT_MS)
    assert.deepEqual(left.data, data)
    await stage.kubectl(
      'patch',
      'secret',
      'left',
      '-n',
      ARGOCD,
      '--patch',
      '{"stringData":{"password":"mine"}}',
    )
    await labels.apply('after-left', { url: hostIn('us-east-2') })
    await labels.served('after-left')
    assert.equal((await labels.of('left')).data['password'], 'mine')
  })

  it('are left alone in other namespaces', async () => {
    const there = { namespace: 'team-a', name: 'elsewhere', url: hostIn('us-east-2') }
    await stage.apply(labelledSecret(there))
    await labels.apply('after-elsewhere', { url: hostIn('us-east-2') })
    await labels.served('after-elsewhere')
    assert.ok(!('username' in ((await stage.secret('team-a', 'elsewhere'))?.data ?? {})))
  })

  it('are left alone without consent', async () => {
    await labels.apply('silent', { url: hostIn('us-east-2'), optIn: {} })
    await labels.apply('after-silent', { url: hostIn('us-east-2') })
    await labels.served('after-silent')
    assert.ok(!('username' in (await labels.of('silent')).data))
  })
})

describe('labelled Secrets of an Argo CD elsewhere, with two replicas', { timeout: 300_000 }, () => {
  const ELECTING = ['--leader-elect', '--lease-duration=6s', '--renew-deadline=4s', '--retry-period=1s']
  let stage: Stage
  let labels: Labels
  const replicas: RunningOperator[] = []

  before(async () => {
    stage = await Stage.open({ rbac: ['--argocd-namespace=cd'] })
    labels = new Labels(stage, 'cd')
    for (const namespace of ['cd', ARGOCD]) await stage.namespace(namespace)
    await stage.apply(sharedIntegration('default', ['cd', ARGOCD]))
    for (const flags of [ELECTING, ELECTING])
      replicas.push(await stage.startOperator([...flags, '--argocd-namespace=cd']))
    for (const replica of replicas) await replica.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('are served where they are, once, and not where Argo CD usually is', async () => {
    await stage.apply(labelledSecret({ namespace: ARGOCD, name: 'usual', url: hostIn('us-west-1') }))
    await labels.apply('first', { url: hostIn('us-west-1') })
    await labels.served('first')
    assert.equal((await labels.mints('us-west-1')).length, 1)
    assert.ok(!('username' in ((await stage.secret(ARGOCD, 'usual'))?.data ?? {})))
  })

  it('are served by the other replica when the leader has gone', async () => {
    const leads = ({ log }: RunningOperator): boolean => log.some(({ message }) => message === 'leading')
    assert.equal(replicas.filter(leads).length, 1)
    replicas.find(leads)?.signal('SIGKILL')
    await labels.apply('second', { url: hostIn('us-east-2') })
    await labels.served('second', 60_000)
    assert.equal((await labels.mints('us-west-1')).length, 1, 'what was right was written again')
  })

  it('have an operator that does not call itself ready while it sees nothing', async () => {
    const left = replicas.find(({ child }) => child.signalCode === null) ?? assert.fail('nobody is left')
    const { ready } = await left.logged('listening')
    await stage.sandbox.stopPart('kube-apiserver')
    const isUnready = async (): Promise<boolean> => (await fetch(String(ready))).status === 503
    await eventually('it says so', isUnready, 60_000)
    await stage.sandbox.startPart('kube-apiserver')
    await eventually('it is ready again', async () => !(await isUnready()), 60_000)
    await labels.apply('third', { url: hostIn('us-east-2') })
    await labels.served('third', 60_000)
  })
})

describe('the roles for a namespace that is not Argo CD’s', { timeout: 300_000 }, () => {
  const FLAGS = ['--namespace=team-a', '--drift-watch=false', '--argocd-namespace=argocd']
  let stage: Stage
  let labels: Labels

  before(async () => {
    stage = await Stage.open({ audit: true })
    labels = new Labels(stage)
    for (const namespace of [ARGOCD, 'team-a']) await stage.namespace(namespace)
    await stage.apply(await stage.everpull('rbac', ...FLAGS))
    for (const kind of ['clusterrolebinding', 'clusterrole'])
      await stage.kubectl('delete', kind, 'everpull:everpull')
    await stage.apply(sharedIntegration('default', [ARGOCD]))
    const operator = await stage.startOperator(FLAGS)
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('let it keep labelled Secrets, tell of them, and let go of them', async () => {
    await labels.apply('charts', { url: hostIn('us-east-2') })
    await labels.served('charts')
    await labels.told('charts', 'Refreshed', 'expires at')
    await stage.kubectl('label', 'secret', 'charts', '-n', ARGOCD, 'everpull.dev/argocd-')
    const hasNoMark = ({ metadata }: SecretSeen): boolean =>
      !Object.keys(metadata.annotations ?? {}).some((key) => isOurs(key))
    await stage.secretWhere(ARGOCD, 'charts', 'bears no mark', hasNoMark, LIMIT_MS)
  })

  it('were never in the way', async () => {
    const refused = (await auditedRequests(stage.sandbox.folder)).filter(
      ({ user, status }) => user === OPERATOR_USER && status === 403,
    )
    assert.deepEqual(refused, [])
  })
})
