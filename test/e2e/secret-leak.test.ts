// This file is about everything that is said while all goes well and while all goes wrong: no secret is in it.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  BAD,
  badExternalSecrets,
  badMobbSecrets,
  generatorObject,
  OLD_PASSWORD,
  ownerObjects,
  secretObject,
  WRONG_KEY,
} from '../support/bad-orders.ts'
import { conditionWhere } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { leaksIn } from '../support/leaks.ts'
import { externalSecret, generator, keysIn, opaqueSecret, together } from '../support/orders.ts'
import { argoRepository, harnessRecipe, mobbRecipe } from '../support/recipes.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const GOOD = 'good'
const KINDS = [
  'externalsecrets.external-secrets.io',
  'ecrauthorizationtokens.generators.external-secrets.io',
  'secrets.ecr.mobb.redhat.com',
  'argohelmreposecrets.ecr.mobb.redhat.com',
].join(',')
/** kubectl's own copy of what a test applied. */
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Templates that fail on the password they are given, and might quote it. */
const FAILING_TEMPLATES: readonly string[] = [
  '{{ fail .password }}',
  '{{ .password | fromJson | toString }}{{ mustFromJson .password }}',
  '{{ index .password "x" }}',
  '{{ .password.user }}',
  '{{ mustRegexReplaceAll (printf "(%s" (trunc 60 .password)) "x" "y" }}',
  '{{ semver .password }}',
  '{{ mustToDate "2006" .password }}',
  '{{ template "x" .password }}',
  '{{ call .password }}',
  '{{ add .password 1 | printf "%d" | fail }}',
  '{{ .password | b64dec | fail }}',
  '{{ printf "%s" (b64enc .password) | fail }}',
  '{{ range .password }}{{ fail (toString .) }}{{ end }}',
  '{{ len 3 }}{{ .password }}',
  '{{ slice .password 0 999999 }}',
  '{{ required .password "" }}',
  '{{ get .password "x" }}',
  '{{ .password | repeat 10000000 }}',
]

describe('what operators say', () => {
  let stage: Stage
  let operators: readonly RunningOperator[]
  let secrets: readonly string[]

  const all = async <T>(kinds: string): Promise<readonly T[]> =>
    (await stage.get<{ items: readonly T[] }>(kinds, '-A'))?.items ?? []
  const apply = (objects: readonly object[]): Promise<string> =>
    stage.apply(together(...objects.map((object) => JSON.stringify(object))))
  const uidOf = async (kind: string): Promise<string> =>
    (await stage.get<SecretSeen>(kind, 'somebody', '-n', BAD))?.metadata.uid ?? ''
  const failing = FAILING_TEMPLATES.map((_, i) => `failing-template-${i}`)

  before(async () => {
    stage = await Stage.open({ rbac: ['--service-account-identities'] })
    for (const namespace of [GOOD, BAD]) await stage.namespace(namespace)
    for (const namespace of [GOOD, BAD]) await stage.credentialSecret(namespace)
    const flags = ['--service-account-identities', '--log-level=debug', '--leader-elect']
    const first = await stage.startOperator(flags)
    await first.ready()
    await applyGood()
    await applyBad()
    await everyObjectIsTold()
    await goThroughFaults()
    const second = await stage.startOperator(flags)
    await first.stop()
    await second.logged('leading')
    operators = [first, second]
    secrets = [...(await stage.knownSecrets()), WRONG_KEY.secret, OLD_PASSWORD]
  })
  after(() => stage[Symbol.asyncDispose]())

  async function applyGood(): Promise<void> {
    const { puller } = stage.sandbox.aws.principals
    const account = { 'eks.amazonaws.com/role-arn': puller.roleArn }
    await stage.apply(
      together(
        argoRepository(GOOD),
        harnessRecipe({ namespace: GOOD }),
        mobbRecipe(GOOD),
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { namespace: GOOD, name: 'puller', annotations: account },
        }),
        ...Object.entries({
          keys: keysIn('awssm-secret'),
          role: { role: puller.roleArn },
          account: { auth: { jwt: { serviceAccountRef: { name: 'puller' } } } },
          public: { scope: 'public', region: 'us-east-1' },
        }).flatMap(([name, spec]) => [
          generator({ namespace: GOOD, name }, spec),
          externalSecret({ namespace: GOOD, name, generator: name, refreshInterval: '5s' }),
        ]),
      ),
    )
    for (const name of ['repo-2529854065', 'keys', 'role', 'account', 'public']) {
      await conditionWhere(stage, 'externalsecret', GOOD, name, ({ status }) => status === 'True')
    }
  }

  async function applyBad(): Promise<void> {
    await apply(ownerObjects)
    const owners = { externalSecret: await uidOf('externalsecret'), configMap: await uidOf('configmap') }
    const orders = [...badExternalSecrets('v1', owners), ...badMobbSecrets(owners)]
    await apply(orders.flatMap(({ manifests }) => manifests))
    await apply([secretObject('plain', { password: OLD_PASSWORD }), generatorObject('plain')])
    await stage.apply(
      together(
        ...FAILING_TEMPLATES.map((text, i) =>
          externalSecret({
            namespace: BAD,
            name: failing[i] ?? '',
            generator: 'plain',
            target: { template: { data: { value: text } } },
          }),
        ),
        externalSecret({
          namespace: BAD,
          name: 'refused-by-the-server',
          generator: 'plain',
          target: {
            template: {
              type: 'kubernetes.io/dockerconfigjson',
              data: { '.dockerconfigjson': '{{ .password }}' },
            },
          },
        }),
      ),
    )
  }

  /** Each has a condition, or for older kinds a phase. */
  const everyObjectIsTold = (): Promise<unknown> =>
    eventually(
      'every object is told how it fares',
      async () => {
        const objects = await all<{ status?: object }>('externalsecrets,secrets.ecr.mobb.redhat.com')
        return objects.every(({ status }) => status !== undefined)
      },
      60_000,
    )

  async function goThroughFaults(): Promise<void> {
    for (const kind of ['throttle', 'server-error', 'reset', 'access-denied', 'skew'] as const) {
      const before = (await stage.calls()).length
      await stage.fault({ kind })
      await stage.kubectl(
        'annotate',
        'externalsecrets',
        '--all',
        '-n',
        GOOD,
        '--overwrite',
        `force-sync=${kind}`,
      )
      await eventually(`calls meet ${kind}`, async () => (await stage.calls()).length > before, 30_000)
      await stage.clearFaults()
    }
    await stage.apply(opaqueSecret({ namespace: GOOD, name: 'keys' }, { password: 'tampered' }))
    await stage.secretWhere(GOOD, 'keys', 'is repaired', ({ data }) => data['password'] !== 'tampered')
  }

  it('are searched for secrets that the Secrets do hold', async () => {
    const held = JSON.stringify(await all<SecretSeen>('secrets'))
    const found = leaksIn(held, secrets)
    assert.ok(found.length > 5, 'the sweep finds what is there')
    const dockerConfig = await stage.secret(GOOD, 'ecr-docker-secret')
    assert.notDeepEqual(leaksIn(dockerConfig?.data['.dockerconfigjson'] ?? '', secrets), [])
  })

  it('in their logs, at the finest level, holds no secret', () => {
    for (const { output } of operators) {
      assert.ok(output.length > 1000)
      assert.deepEqual(leaksIn(output, secrets), [])
    }
  })

  it('in metrics and health holds no secret', async () => {
    const second = operators.at(-1) ?? assert.fail()
    const line = await second.logged('listening')
    for (const url of [line['metrics'], line['health'], line['ready']]) {
      const answer = await fetch(String(url))
      assert.deepEqual(leaksIn(await answer.text(), secrets), [], String(url))
    }
  })

  it('by everpull check holds no secret', async () => {
    const told = await stage.everpull('check').catch((error: Error) => error.message)
    assert.ok(told.length > 1000)
    assert.deepEqual(leaksIn(told, secrets), [])
  })

  it('in statuses holds no secret, not even where a template fails on one', async () => {
    const objects = await all<{ metadata: { name: string } }>(KINDS)
    const leaking = objects.filter((object) => leaksIn(JSON.stringify(object), secrets).length > 0)
    assert.deepEqual(
      leaking.map(({ metadata }) => metadata.name),
      [],
    )
  })

  it('tells of each template that fails on a password', async () => {
    for (const name of failing) {
      const ready = await stage.ready('externalsecret', BAD, name)
      assert.equal(ready?.status, 'False', name)
    }
  })

  it('in events holds no secret', async () => {
    const events = await all<{ message: string }>('events')
    assert.ok(events.length > 20)
    const leaking = events.filter((event) => leaksIn(JSON.stringify(event), secrets).length > 0)
    assert.deepEqual(leaking, [])
  })

  it('in labels and annotations of Secrets, and in leases, holds no secret', async () => {
    const marks = (await all<SecretSeen>('secrets')).map(({ metadata }) => {
      const { [APPLIED]: _theirs, ...annotations } = metadata.annotations ?? {}
      return { ...metadata, annotations }
    })
    assert.deepEqual(leaksIn(JSON.stringify([marks, await all('leases')]), secrets), [])
  })

  it('makes the API server log no secret either', async () => {
    const log = await readFile(join(stage.sandbox.folder, 'logs', 'kube-apiserver.log'), 'utf8')
    assert.deepEqual(leaksIn(log, secrets), [])
  })
})
