// This file is about a cluster where the External Secrets Operator's own definitions are installed: used as they are.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import type { CheckReport } from '../../src/operator/commands.ts'
import { OPERATOR_USER, quiet } from '../support/deeds.ts'
import { established } from '../support/established.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, runEverpull } from '../support/everpull-process.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { harnessRecipe } from '../support/recipes.ts'
import { Stage } from '../support/stage.ts'
import { upstreamDefinitions } from '../support/upstream-definitions.ts'

const NAMESPACE = 'apps'

interface Definition {
  readonly metadata: { readonly name: string; readonly generation: number }
  readonly spec: object
}
interface Told {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message: string
    }[]
  }
}

describe('under the definitions of external-secrets', () => {
  let stage: Stage
  let installed: readonly Definition[]

  before(async () => {
    stage = await Stage.open({ crds: false, audit: true })
    await stage.apply(await upstreamDefinitions())
    await established((...args) => stage.kubectl(...args))
    installed = await definitions()
    await stage.namespace(NAMESPACE)
    await (await stage.startOperator()).ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const definitions = async (): Promise<readonly Definition[]> =>
    ((await stage.get<{ items: Definition[] }>('crd'))?.items ?? []).map(({ metadata, spec }) => ({
      metadata: { name: metadata.name, generation: metadata.generation },
      spec,
    }))
  const told = (name: string, isTold: (message: string) => boolean) =>
    eventually(`${name} is told`, async () => {
      const { status } = (await stage.get<Told>('es', name, '-n', NAMESPACE)) ?? {}
      return isTold(status?.conditions?.[0]?.message ?? '') ? status : undefined
    })

  it('an object is served, and told what their schema knows', async () => {
    await stage.apply(
      together(
        generator({ namespace: NAMESPACE, name: 'ecr' }),
        externalSecret({ namespace: NAMESPACE, name: 'served', generator: 'ecr' }),
      ),
    )
    await stage.secretWhere(
      NAMESPACE,
      'served',
      'holds a login',
      ({ data }) => data['password'] !== undefined,
    )
    const status = await told('served', (message) => message === 'secret synced')
    assert.deepEqual(Object.keys(status ?? {}).toSorted(), [
      'binding',
      'conditions',
      'refreshTime',
      'syncedResourceVersion',
    ])
    assert.deepEqual(
      status?.conditions?.map(({ type }) => type),
      ['Ready'],
    )
  })

  it('a rule that their schema does not hold is told by a condition, in the words of their webhook', async () => {
    const target = { creationPolicy: 'Merge', deletionPolicy: 'Delete' }
    await stage.apply(externalSecret({ namespace: NAMESPACE, name: 'ruled', generator: 'ecr', target }))
    const status = await told('ruled', (message) => message !== '')
    assert.equal(status?.conditions?.[0]?.status, 'False')
    assert.match(
      status?.conditions?.[0]?.message ?? '',
      /deletionPolicy=Delete must not be used when the controller doesn't own the secret\. Please set creationPolicy=Owner/,
    )
  })

  it('an order for every namespace selected is served, and told what their schema knows', async () => {
    const generatorRef = { kind: 'ClusterGenerator', name: 'ecr' }
    await stage.apply(
      together(
        JSON.stringify({
          apiVersion: 'generators.external-secrets.io/v1alpha1',
          kind: 'ClusterGenerator',
          metadata: { name: 'ecr' },
          spec: {
            kind: 'ECRAuthorizationToken',
            generator: { ecrAuthorizationTokenSpec: { region: 'us-west-1' } },
          },
        }),
        JSON.stringify({
          apiVersion: 'external-secrets.io/v1',
          kind: 'ClusterExternalSecret',
          metadata: { name: 'everywhere' },
          spec: {
            namespaceSelectors: [{ matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } }],
            externalSecretSpec: { dataFrom: [{ sourceRef: { generatorRef } }] },
          },
        }),
      ),
    )
    const holdsLogin = ({ data }: { readonly data: Record<string, string> }) => data['password'] !== undefined
    await stage.secretWhere(NAMESPACE, 'everywhere', 'holds a login', holdsLogin)
    const status = await eventually('it is ready', async () => {
      const found = await stage.get<Told>('ces', 'everywhere')
      return found?.status?.conditions?.[0]?.status === 'True' ? found.status : undefined
    })
    assert.deepEqual(status, {
      externalSecretName: 'everywhere',
      provisionedNamespaces: [NAMESPACE],
      conditions: [{ type: 'Ready', status: 'True' }],
    })
  })

  it('a check tells which manifests they refuse', async () => {
    await assert.rejects(stage.apply(harnessRecipe({ namespace: NAMESPACE })), /no matches for kind/)
    const environment = { ...stage.sandbox.awsEnv, KUBECONFIG: stage.sandbox.kubeconfigPath }
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const { out } = await runEverpull({ says: 'from the checkout', command, environment }, 'check')
    const report = JSON.parse(out) as CheckReport
    const notes = report.kinds.filter(({ notServed }) => notServed.length > 0)
    assert.deepEqual(
      notes.map(({ kind, version }) => [kind, version]),
      [
        ['ExternalSecret.external-secrets.io', 'v1'],
        ['ClusterExternalSecret.external-secrets.io', 'v1'],
      ],
    )
    for (const { note } of notes) {
      assert.match(
        note ?? '',
        /does not serve v1beta1: manifests of external-secrets\.io\/v1beta1 cannot be applied/,
      )
    }
  })

  it('nothing is written that they refuse, and they themselves never', async () => {
    await quiet(stage)
    assert.deepEqual(await definitions(), installed)
    const asked = (await auditedRequests(stage.sandbox.folder)).filter(({ user }) => user === OPERATOR_USER)
    assert.deepEqual(
      asked.filter(({ resource, verb }) => resource === 'customresourcedefinitions' && verb !== 'get'),
      [],
    )
    assert.deepEqual(
      asked.filter(({ status, verb }) => status === 422 || (status === 400 && verb !== 'get')),
      [],
    )
  })
})
