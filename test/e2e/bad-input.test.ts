// This file is about what users get wrong, on a real control plane: each is told once what to do, and nobody else waits.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import {
  BAD,
  badExternalSecrets,
  badMobbSecrets,
  type BadOrder,
  externalSecretObject,
  generatorObject,
  OLD_PASSWORD,
  ownerObjects,
  REFUSING_REGION,
  secretObject,
  WRONG_KEY,
} from '../support/bad-orders.ts'
import { eventually } from '../support/eventually.ts'
import { harnessRecipe } from '../support/recipes.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const HANGING_REGION = 'eu-central-1'
/** More than the operator works on at once. */
const HANGING = 70

interface Seen {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly uid: string }
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}
interface EventSeen {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count?: number
  readonly involvedObject: { readonly kind: string; readonly name: string }
}
interface ItemsSeen<T> {
  readonly items: readonly T[]
}

const KINDS = [
  'externalsecrets.external-secrets.io',
  'secrets.ecr.mobb.redhat.com',
  'argohelmreposecrets.ecr.mobb.redhat.com',
].join(',')

describe('bad input', () => {
  let stage: Stage
  let operator: RunningOperator
  let orders: readonly BadOrder[]
  let given: ReadonlyMap<string, string>

  const apply = (objects: readonly object[]): Promise<string> =>
    stage.apply(objects.map((object) => JSON.stringify(object)).join('\n---\n'))
  const all = async <T>(kinds: string): Promise<readonly T[]> =>
    (await stage.get<ItemsSeen<T>>(kinds, '-n', BAD))?.items ?? []
  const uidOf = async (kind: string): Promise<string> =>
    (await stage.get<Seen>(kind, 'somebody', '-n', BAD))?.metadata.uid ?? ''
  /** Waits for the first. */
  const warningsOf = (name: string): Promise<readonly EventSeen[]> =>
    eventually(`a warning about ${name}`, async () => {
      const events = await all<EventSeen>('events')
      const told = events.filter(
        ({ type, involvedObject }) => type === 'Warning' && involvedObject.name === name,
      )
      return told.length > 0 ? told : undefined
    })
  /** Name to version of every Secret. */
  const versions = async (): Promise<ReadonlyMap<string, string>> =>
    new Map(
      (await all<SecretSeen>('secrets')).map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
    )

  before(async () => {
    stage = await Stage.open()
    await stage.namespace(BAD)
    await stage.credentialSecret(BAD)
    await stage.fault({
      kind: 'access-denied',
      operation: 'GetAuthorizationToken',
      region: REFUSING_REGION,
    })
    await apply(ownerObjects)
    const owners = {
      externalSecret: await uidOf('externalsecrets.external-secrets.io'),
      configMap: await uidOf('configmaps'),
    }
    orders = [
      ...badExternalSecrets('v1', owners),
      ...badExternalSecrets('v1beta1', owners),
      ...badMobbSecrets(owners),
    ]
    await apply(orders.flatMap(({ manifests }) => manifests))
    given = await versions()
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('gives each a condition that says what to do', async () => {
    const told = await eventually(
      'all have been told',
      async () => {
        const seen = (await all<Seen>(KINDS)).filter(({ metadata }) => metadata.name !== 'somebody')
        return seen.every(({ status }) => status?.conditions !== undefined) ? seen : undefined
      },
      30_000,
    )
    assert.equal(told.length, orders.length)
    const wrong = orders.flatMap(({ name, kind, says }) => {
      const { status } = told.find((one) => one.metadata.name === name && one.kind === kind) ?? {}
      const ready = status?.conditions?.find(({ type }) => type === 'Ready')
      const isRight = ready?.status === 'False' && says.test(ready.message)
      const isFailed = kind === 'ExternalSecret' || status?.phase === 'Failed'
      return isRight && isFailed ? [] : [`${name}: ${ready?.status} ${ready?.message}`]
    })
    assert.deepEqual(wrong, [])
  })

  it('counts each by its reason', async () => {
    const metrics = await operator.metrics()
    const uncounted = orders.filter(({ name, kind, reason }) => {
      const labels = `kind="${kind}",name="${name}",reason="${reason}"`
      return !new RegExp(`^everpull_target_failures_total\\{.*${labels}\\} [1-9]`, 'm').test(metrics)
    })
    assert.deepEqual(
      uncounted.map(({ name, reason }) => `${name} ${reason}`),
      [],
    )
    assert.match(metrics, /^everpull_reconcile_duration_seconds_count\{.*outcome="failed"\} [1-9]/m)
  })

  it('counts what was asked of AWS by who asked, what and how it ended', async () => {
    const metrics = await operator.metrics()
    const calls = (identity: string, operation: string, outcome: string): RegExp =>
      new RegExp(
        `^everpull_aws_calls_total\\{identity="${identity}",operation="${operation}",outcome="${outcome}"\\} [1-9]`,
        'm',
      )
    const bot = 'the access key in Secret bad/awssm-secret'
    assert.match(metrics, calls(bot, 'GetAuthorizationToken', 'ok'))
    assert.match(metrics, calls(bot, 'GetAuthorizationToken', 'AccessDenied'))
    assert.match(
      metrics,
      calls('the access key in Secret bad/wrong-keys', 'GetAuthorizationToken', 'CredentialRefused'),
    )
    assert.match(metrics, calls('role arn:aws:iam::123456789012:role/nobody', 'AssumeRole', 'AccessDenied'))
  })

  it('takes an odd scope for what it means, and warns', async () => {
    await apply([
      secretObject('odd-scope', { password: OLD_PASSWORD }),
      generatorObject('odd-scope', { scope: 'Public' }),
      externalSecretObject('v1', 'odd-scope'),
    ])
    await stage.secretWhere(BAD, 'odd-scope', 'is served', ({ data }) => data['password'] !== OLD_PASSWORD)
    const [warning, ...others] = await warningsOf('odd-scope')
    assert.deepEqual(others, [])
    assert.match(warning?.message ?? '', /spec\.scope "Public" of .* means private registries: only "public"/)
  })

  it('tells the younger of two that one Secret is enough for one', async () => {
    await apply([generatorObject('twins'), externalSecretObject('v1', 'first-twin', twin())])
    await stage.secretWhere(BAD, 'twins', 'exists', () => true)
    await apply([externalSecretObject('v1', 'second-twin', twin())])
    const ready = await eventually('the second is told', () =>
      stage.ready('externalsecret', BAD, 'second-twin'),
    )
    assert.equal(ready.status, 'False')
    assert.match(
      ready.message,
      /yielding to ExternalSecret bad\/first-twin, which keeps Secret twins \(choose another spec\.target\.name, or delete one of the two\)/,
    )
    assert.equal((await warningsOf('second-twin')).length, 1)
    const counted =
      /^everpull_target_failures_total\{.*secret="twins".*name="second-twin",reason="Yielding"\} [1-9]/m
    assert.match(await operator.metrics(), counted)
  })

  it('serves a good object at once while many others wait for an AWS that hangs', async () => {
    await stage.fault({ kind: 'hang', operation: 'GetAuthorizationToken', region: HANGING_REGION })
    const names = Array.from({ length: HANGING }, (_, i) => `hanging-${i}`)
    await apply([
      generatorObject('hanging', { region: HANGING_REGION }),
      ...names.map((name) =>
        externalSecretObject('v1', name, { dataFrom: fromGenerator('hanging'), target: {} }),
      ),
    ])
    await apply([
      generatorObject('good', { region: 'us-east-2' }),
      externalSecretObject('v1', 'good', { target: {} }),
    ])
    await stage.secretWhere(BAD, 'good', 'is served', () => true)
    const told = (await all<Seen>(KINDS)).filter(
      ({ metadata, status }) => names.includes(metadata.name) && status?.conditions !== undefined,
    )
    assert.deepEqual(told, [], 'AWS hangs still')
    const ready = await eventually(
      'what hangs is told too',
      () => stage.ready('externalsecret', BAD, 'hanging-0'),
      60_000,
    )
    assert.match(ready.message, /ECR at \S+ does not answer in time/)
  })

  it('measures when the login of each Secret dies, when it was last right, and what waits', async () => {
    const labels = `\\{namespace="${BAD}",secret="good",kind="ExternalSecret",name="good"\\}`
    const metrics = await operator.metrics()
    const secondsOf = (series: string): number =>
      Number(new RegExp(`^${series}${labels} (\\S+)$`, 'm').exec(metrics)?.[1])
    const now = Date.now() / 1000
    const expiry = secondsOf('everpull_target_login_expiry_timestamp_seconds')
    const success = secondsOf('everpull_target_last_success_timestamp_seconds')
    assert.ok(expiry > now && expiry <= now + 12 * 3600, `expires at ${expiry}`)
    assert.ok(success > now - 600 && success <= now, `last right at ${success}`)
    assert.match(metrics, /^everpull_queue_depth\{controller="reconcile"\} \d+$/m)
    assert.match(metrics, /^everpull_reconcile_duration_seconds_count\{.*outcome="done"\} [1-9]/m)
  })

  it('tells each by one event, however often it was tried', async () => {
    const refused = orders.find(({ name }) => name === 'denied-action-v1')
    await eventually(
      'AWS was asked again',
      async () => {
        const tries = new RegExp(`name="${refused?.name}",reason="AccessDenied"\\} (\\d+)`).exec(
          await operator.metrics(),
        )
        return Number(tries?.[1] ?? 0) > 1
      },
      30_000,
    )
    const events = await all<EventSeen>('events')
    const wrong = orders.flatMap(({ name, kind, reason }) => {
      const told = events.filter(
        ({ involvedObject }) => involvedObject.name === name && involvedObject.kind === kind,
      )
      const [event] = told
      const wanted = kind === 'ExternalSecret' ? 'UpdateFailed' : reason
      const isRight = told.length === 1 && event?.type === 'Warning' && event.reason === wanted
      return isRight && (event.count ?? 1) === 1
        ? []
        : told.map((one) => `${name}: ${one.type} ${one.reason} ${one.count} ${one.message}`)
    })
    assert.deepEqual(wrong, [])
  })

  it('leaves every Secret that was there as it was', async () => {
    const now = await versions()
    const changed = orders.filter(
      ({ name }) => now.get(name) === undefined || now.get(name) !== given.get(name),
    )
    assert.deepEqual(
      changed.map(({ name }) => name),
      [],
    )
  })

  it('tells no secret to anybody', async () => {
    const everything = [
      operator.output,
      await operator.metrics(),
      JSON.stringify(await all('events')),
      JSON.stringify(await all(KINDS)),
    ].join('\n')
    const secrets = [...(await stage.knownSecrets()), WRONG_KEY.secret, OLD_PASSWORD]
    assert.deepEqual(
      secrets.filter((secret) => everything.includes(secret)),
      [],
    )
  })
})

const fromGenerator = (name: string) => [
  {
    sourceRef: {
      generatorRef: {
        apiVersion: 'generators.external-secrets.io/v1alpha1',
        kind: 'ECRAuthorizationToken',
        name,
      },
    },
  },
]

const twin = () => ({ dataFrom: fromGenerator('twins'), target: { name: 'twins', creationPolicy: 'Owner' } })

const REPOSITORY_SECRET = new URL(
  '../../src/dialects/external-secrets/fixtures/harness-repository-secret.yaml',
  import.meta.url,
)

describe('the repository Secret that the Harness document prints', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open()
    await stage.namespace('argocd')
    await stage.credentialSecret('argocd')
    await (await stage.startOperator()).ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  it('gets a password and our marks, and nothing else, wherever it points', async () => {
    await stage.apply(harnessRecipe({ namespace: 'argocd' }))
    await stage.apply(asApplied(readFileSync(REPOSITORY_SECRET, 'utf8')))
    const { data, metadata, type } = await stage.secretWhere(
      'argocd',
      'repo-2529854065',
      'has a password',
      (secret) => secret.data['password'] !== undefined,
    )
    const { password, ...rest } = data
    assert.match(password ?? '', /^\S{40,}$/)
    assert.deepEqual(rest, {
      enableOCI: 'true',
      name: 'ocipublic',
      type: 'helm',
      url: 'registry-1.docker.io/mteodor',
    })
    assert.equal(type, 'Opaque')
    assert.deepEqual(metadata.labels, {
      'argocd.argoproj.io/secret-type': 'repository',
      'reconcile.external-secrets.io/managed': 'true',
    })
    const annotations = Object.keys(metadata.annotations ?? {}).map((key) =>
      key.replace(/^everpull\.dev\/delivery-[0-9a-f]{16}$/, 'everpull.dev/delivery'),
    )
    assert.deepEqual(annotations.toSorted(), [
      'everpull.dev/delivery',
      'kubectl.kubernetes.io/last-applied-configuration',
      'managed-by',
      'reconcile.external-secrets.io/data-hash',
    ])
    assert.equal(metadata.ownerReferences, undefined)
  })
})

/** As printed, save what only the API server may say. */
function asApplied(text: string): string {
  const { metadata, ...secret } = parse(text) as { metadata: Record<string, unknown> }
  const { uid: _, resourceVersion: __, creationTimestamp: ___, ...rest } = metadata
  return stringify({ ...secret, metadata: { ...rest, namespace: 'argocd' } })
}
