// This file is about what comes after the operator: definitions, namespaces, objects, and definitions that go and return.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { mobbRecipe } from '../support/recipes.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

/** Missing kinds are looked for every two seconds; a kubectl and a busy machine come on top. */
const SOON_MS = 30_000
/** From the answer to `kubectl apply` on, on a machine that may be busy. */
const AT_ONCE_MS = 10_000
const CRDS = [
  'externalsecrets.external-secrets.io',
  'ecrauthorizationtokens.generators.external-secrets.io',
  'secrets.ecr.mobb.redhat.com',
  'argohelmreposecrets.ecr.mobb.redhat.com',
]

describe('an operator that is there first', () => {
  let stage: Stage
  let watch: SecretWatch
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ crds: false })
    watch = await SecretWatch.open(stage)
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  const orders = (namespace: string): string =>
    together(
      `{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}`,
      generator({ namespace, name: 'ecr' }),
      externalSecret({ namespace, name: 'pull', generator: 'ecr' }),
      mobbRecipe(namespace),
    )

  const goneKinds = (): number =>
    operator.log.filter(({ message }) => message.includes('no longer installed')).length

  async function servedWithin(namespace: string, limitMs: number): Promise<void> {
    await Promise.all(
      ['pull', 'ecr-docker-secret'].map((name) =>
        watch.where(namespace, name, 'is written', () => true, limitMs),
      ),
    )
  }

  it('is ready without a single definition, and tells which kinds it waits for', () => {
    const waited = operator.log.filter(({ message }) => message.includes('waited for'))
    assert.deepEqual(waited.map(({ kind }) => String(kind)).toSorted(), [
      'ArgoHelmRepoSecret',
      'ClusterExternalSecret',
      'ClusterGenerator',
      'ClusterRegistryLogin',
      'ECRAuthorizationToken',
      'EcrIntegration',
      'ExternalSecret',
      'RegistryLogin',
      'STSSessionToken',
      'Secret',
    ])
  })

  it('serves the first orders within seconds once the definitions are there', async () => {
    await stage.installCrds()
    await stage.apply(orders('first'))
    await servedWithin('first', SOON_MS)
  })

  it('serves a new namespace with new orders at once', async () => {
    await stage.apply(orders('second'))
    await servedWithin('second', AT_ONCE_MS)
  })

  it('serves orders again that come back with their definitions', async () => {
    await stage.kubectl('delete', 'crd', ...CRDS)
    await eventually('every kind is seen to be gone', () => goneKinds() === CRDS.length)
    await stage.installCrds()
    await stage.apply(orders('third'))
    await servedWithin('third', SOON_MS)
  })

  it('printed no error', () => {
    assert.deepEqual(
      operator.log.filter(({ level }) => level === 'error'),
      [],
    )
  })
})
