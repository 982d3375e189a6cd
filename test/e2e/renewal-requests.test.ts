// This file is about what a renewal asks of the API server: a Secret is read where it holds something of others, and only there.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { eventually } from '../support/eventually.ts'
import { SecretWebhook } from '../support/secret-webhook.ts'
import { type SecretSeen, Stage } from '../support/stage.ts'

const ALONE = 'alone'
const LABELLED = 'labelled'
const TYPED = 'typed'
const TYPE = 'example.com/theirs'

const objects = (namespace: string): string =>
  [
    {
      apiVersion: 'generators.external-secrets.io/v1alpha1',
      kind: 'ECRAuthorizationToken',
      metadata: { namespace, name: 'ecr' },
      spec: {
        region: 'us-west-1',
        auth: {
          secretRef: {
            accessKeyIDSecretRef: { name: 'awssm-secret', key: 'access-key' },
            secretAccessKeySecretRef: { name: 'awssm-secret', key: 'secret-access-key' },
          },
        },
      },
    },
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: { namespace, name: 'login' },
      spec: {
        refreshInterval: '1s',
        target: { name: 'login' },
        dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } } }],
      },
    },
  ]
    .map((object) => JSON.stringify(object))
    .join('\n---\n')

describe('a renewal', () => {
  let stage: Stage
  let webhooks: readonly SecretWebhook[] = []

  /** How often the operator has done that to the Secret, and the API server took it. */
  const asked = async (namespace: string, verb: string): Promise<number> =>
    (await auditedRequests(stage.sandbox.folder)).filter(
      (request) =>
        request.verb === verb &&
        request.resource === 'secrets' &&
        request.namespace === namespace &&
        request.name === 'login' &&
        request.status === 200 &&
        request.agent.startsWith('everpull'),
    ).length
  /** Waits for that many more renewals. */
  const renewed = async (namespace: string, times: number): Promise<void> => {
    const before = await asked(namespace, 'update')
    await eventually(
      `${times} renewals in ${namespace}`,
      async () => (await asked(namespace, 'update')) >= before + times,
      60_000,
    )
  }
  const secretOf = async (namespace: string): Promise<SecretSeen> =>
    (await stage.secret(namespace, 'login')) ?? assert.fail(`no Secret in ${namespace}`)

  async function tried(namespace: string): Promise<SecretSeen | undefined> {
    await stage.kubectl('delete', 'secret', 'try', '-n', namespace, '--ignore-not-found')
    await stage.kubectl('create', 'secret', 'generic', 'try', '-n', namespace)
    return stage.secret(namespace, 'try')
  }

  before(async () => {
    stage = await Stage.open({ audit: true })
    webhooks = [
      await SecretWebhook.open(LABELLED, { labels: { team: 'theirs' } }),
      await SecretWebhook.open(TYPED, { type: TYPE }),
    ]
    for (const namespace of [ALONE, LABELLED, TYPED]) {
      await stage.namespace(namespace)
      await stage.credentialSecret(namespace)
    }
    for (const { configuration } of webhooks) await stage.apply(JSON.stringify(configuration))
    // Webhooks are in force a moment after they are told of.
    await eventually('the webhooks are in force', async () => {
      const made = await Promise.all([LABELLED, TYPED].map(tried))
      return made[0]?.metadata.labels?.['team'] === 'theirs' && made[1]?.type === TYPE
    })
    await (await stage.startOperator()).ready()
    for (const namespace of [ALONE, LABELLED, TYPED]) await stage.apply(objects(namespace))
  })
  after(async () => {
    for (const webhook of webhooks) await webhook[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  it('does not read a Secret that holds nothing but what was written', async () => {
    await renewed(ALONE, 3)
    assert.equal(await asked(ALONE, 'get'), 0)
  })

  it('reads one that a webhook has labelled, and leaves it the label', async () => {
    await renewed(LABELLED, 3)
    assert.ok((await asked(LABELLED, 'get')) >= 3)
    assert.equal((await secretOf(LABELLED)).metadata.labels?.['team'], 'theirs')
  })

  it('reads one that cannot be replaced unread, for a webhook has given it another type', async () => {
    await renewed(TYPED, 3)
    assert.ok((await asked(TYPED, 'get')) >= 2)
    assert.equal((await secretOf(TYPED)).type, TYPE)
  })

  it('reads from then on one that somebody has annotated, and leaves it the annotation', async () => {
    await stage.kubectl('annotate', 'secret', 'login', '-n', ALONE, 'note=theirs')
    const before = await asked(ALONE, 'get')
    await renewed(ALONE, 3)
    assert.ok((await asked(ALONE, 'get')) >= before + 2)
    assert.equal((await secretOf(ALONE)).metadata.annotations?.['note'], 'theirs')
  })
})
