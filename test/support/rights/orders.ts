// This file is about exercising orders: each kind served, told of, owning, and what it refers to seen.
import {
  CLUSTER_CLEANUP_FINALIZER,
  CLUSTER_EXTERNAL_SECRET,
  CLUSTER_GENERATOR,
  ECR_AUTHORIZATION_TOKEN,
  EXTERNAL_SECRET,
  STS_SESSION_TOKEN,
} from '../../../src/dialects/external-secrets/kinds.ts'
import { ECR_INTEGRATION } from '../../../src/dialects/everpull/integration-kind.ts'
import { CLUSTER_REGISTRY_LOGIN, REGISTRY_LOGIN } from '../../../src/dialects/everpull/kinds.ts'
import { ARGO_HELM_REPO_SECRET, PULL_SECRET } from '../../../src/dialects/mobb/schema.ts'
import { CONFIG_MAPS, NAMESPACES } from '../../../src/kube/resource.ts'
import { type Kind, NAMESPACE } from '../../../src/model/kind.ts'
import { LINKED_HOST } from '../linking-logins.ts'
import { keysIn } from '../orders.ts'
import { APPS, ARGOCD, type Json, type RightsBench, typeOf } from './bench.ts'
import type { Exercise, Trial } from './exercise.ts'

export const LOGIN = typeOf(REGISTRY_LOGIN)
export const CLUSTER_LOGIN = typeOf(CLUSTER_REGISTRY_LOGIN)
export const INTEGRATION = typeOf(ECR_INTEGRATION)
export const ES = typeOf(EXTERNAL_SECRET)
export const CES = typeOf(CLUSTER_EXTERNAL_SECRET)
const GENERATOR = typeOf(ECR_AUTHORIZATION_TOKEN)
const REGION = 'us-west-1'

const on = ({ plural, group }: Kind, verb: string, sub = ''): string =>
  `${verb} ${[plural, group].filter(Boolean).join('.')}${sub}`
const seen = (kind: Kind): readonly string[] => [on(kind, 'list'), on(kind, 'watch')]
/** Seen, told of, and the owner of what is made. */
const served = (kind: Kind): readonly string[] => [
  ...seen(kind),
  on(kind, 'patch', '/status'),
  on(kind, 'update', '/finalizers'),
]
const toldAnyway = (kind: Kind) => ({ [on(kind, 'patch', '/status')]: 'its Secret is written' })

export const integrationSpec = (more: Json = {}): Json => ({
  region: 'us-east-2',
  auth: { ambient: {} },
  sharing: { namespaces: { names: [APPS, ARGOCD] } },
  ...more,
})

/** What several exercises refer to. */
export async function prepareOrders(bench: RightsBench): Promise<void> {
  await bench.create(INTEGRATION, { metadata: { name: 'default' }, spec: integrationSpec() })
  for (const namespace of [APPS, ARGOCD])
    await bench.create(GENERATOR, { metadata: { namespace, name: 'ecr' }, spec: { region: REGION } })
}

export const loginSpec = (secretName: string, more: Json = {}, output: Json = {}): Json => ({
  registries: [{ host: LINKED_HOST }],
  outputs: [{ secretName, dockerConfig: {}, ...output }],
  ...more,
})

export const esSpec = (kind = 'ECRAuthorizationToken', name = 'ecr', more: Json = {}): Json => ({
  refreshInterval: '8h',
  dataFrom: [{ sourceRef: { generatorRef: { apiVersion: `${GENERATOR.group}/v1alpha1`, kind, name } } }],
  ...more,
})

export const makeEs = (at: Trial, spec: Json = esSpec(), metadata: Json = {}, namespace = APPS) =>
  at.bench.create(ES, { metadata: { namespace, name: at.id, ...metadata }, spec })

const mobbSpec = (generated_secret_name: string): Json => ({
  generated_secret_name,
  frequency: '8h',
  region: 'us-east-2',
})

const registryLogin: Exercise = {
  name: 'registry-login',
  takes: [...served(REGISTRY_LOGIN), 'create secrets', on(ECR_INTEGRATION, 'list')],
  anyway: toldAnyway(REGISTRY_LOGIN),
  run: async (at) => {
    await at.bench.create(LOGIN, { metadata: { namespace: APPS, name: at.id }, spec: loginSpec(at.id) })
    await at.secret(at.id)
    await at.ready(LOGIN, at.id, APPS)
  },
}

const clusterRegistryLogin: Exercise = {
  name: 'cluster-registry-login',
  takes: [
    ...served(CLUSTER_REGISTRY_LOGIN),
    on(CLUSTER_REGISTRY_LOGIN, 'patch'),
    'create secrets',
    ...seen(NAMESPACE),
  ],
  anyway: toldAnyway(CLUSTER_REGISTRY_LOGIN),
  run: async (at) => {
    // The namespace comes last: it is seen to come.
    const spec = loginSpec(at.id, { namespaces: { selector: { matchLabels: { for: at.id } } } })
    await at.bench.create(CLUSTER_LOGIN, {
      metadata: { name: at.id },
      spec: { ...spec, identity: KEYS_ELSEWHERE },
    })
    await at.until('it is held', async () => {
      const { finalizers = [] } = (await at.bench.get(CLUSTER_LOGIN, { name: at.id }))?.metadata ?? {}
      return finalizers.length > 0
    })
    await at.bench.namespace(at.id, { for: at.id })
    await at.secret(at.id, () => true, { namespace: at.id })
    await at.ready(CLUSTER_LOGIN, at.id)
  },
}

/** An integration would have to be shared with namespaces that are yet to come. */
const KEYS_ELSEWHERE = {
  accessKey: {
    secretName: 'keys',
    namespace: APPS,
    accessKeyIdKey: 'access-key',
    secretAccessKeyKey: 'secret-access-key',
  },
}

const integration: Exercise = {
  name: 'integration',
  takes: [...seen(ECR_INTEGRATION), on(ECR_INTEGRATION, 'patch', '/status')],
  run: async (at) => {
    await at.bench.create(INTEGRATION, { metadata: { name: at.id }, spec: integrationSpec() })
    await at.ready(INTEGRATION, at.id)
  },
}

const heldIntegration: Exercise = {
  name: 'held-integration',
  takes: [on(ECR_INTEGRATION, 'patch'), ...seen(ECR_INTEGRATION)],
  run: async (at) => {
    await at.bench.create(INTEGRATION, { metadata: { name: at.id }, spec: integrationSpec() })
    const identity = { integration: { name: at.id } }
    await at.bench.create(LOGIN, {
      metadata: { namespace: APPS, name: at.id },
      spec: loginSpec(at.id, { identity }),
    })
    await at.until('the integration is held', async () => {
      const { finalizers = [] } = (await at.bench.get(INTEGRATION, { name: at.id }))?.metadata ?? {}
      return finalizers.length > 0
    })
  },
}

const externalSecret: Exercise = {
  name: 'external-secret',
  takes: [...served(EXTERNAL_SECRET), 'create secrets'],
  anyway: toldAnyway(EXTERNAL_SECRET),
  run: async (at) => {
    await makeEs(at)
    await at.secret(at.id)
    await at.ready(ES, at.id, APPS)
  },
}

/** With one of its own, made a moment before. */
const ofGenerator = (name: string, kind: Kind, spec: Json): Exercise => ({
  name,
  takes: [...seen(kind), ...seen(EXTERNAL_SECRET), 'create secrets'],
  run: async (at) => {
    const metadata = kind.namespaced ? { namespace: APPS, name: at.id } : { name: at.id }
    await at.bench.create(typeOf(kind), { metadata, spec })
    await makeEs(at, esSpec(kind.kind, at.id))
    await at.secret(at.id)
  },
})

const clusterExternalSecret: Exercise = {
  name: 'cluster-external-secret',
  takes: [
    ...served(CLUSTER_EXTERNAL_SECRET),
    ...['create', 'patch', 'delete'].map((verb) => on(EXTERNAL_SECRET, verb)),
    ...seen(EXTERNAL_SECRET),
    'list namespaces',
  ],
  anyway: { [on(CLUSTER_EXTERNAL_SECRET, 'patch', '/status')]: 'its ExternalSecret is made' },
  run: async (at) => {
    const spec = (namespaces: readonly string[]) => ({ namespaces, externalSecretSpec: esSpec() })
    const child = (namespace: string) => at.bench.get(ES, { namespace, name: at.id })
    await at.bench.create(CES, { metadata: { name: at.id }, spec: spec([APPS, ARGOCD]) })
    await at.until('its ExternalSecret is made', async () => (await child(APPS)) && (await child(ARGOCD)))
    await at.ready(CES, at.id)
    await at.bench.patch(ES, { namespace: APPS, name: at.id }, { spec: { refreshInterval: '3h' } })
    await at.until('its ExternalSecret is as ordered again', async () => {
      const { spec: now } = ((await child(APPS)) ?? {}) as { spec?: { refreshInterval?: string } }
      return now?.refreshInterval === '8h' || (now?.refreshInterval?.startsWith('8h') ?? false)
    })
    await at.bench.patch(CES, { name: at.id }, { spec: spec([APPS]) })
    await at.until('it has left a namespace', async () => (await child(ARGOCD)) === undefined)
  },
}

/** Edited without end, so that the operator's writes are behind: it then reads what is there. */
const contendedChild: Exercise = {
  name: 'contended-child',
  takes: [on(EXTERNAL_SECRET, 'get')],
  run: async (at) => {
    const spec = { namespaces: [APPS], externalSecretSpec: esSpec() }
    await at.bench.create(CES, { metadata: { name: at.id }, spec })
    const child = { namespace: APPS, name: at.id }
    await at.until('its ExternalSecret is made', () => at.bench.get(ES, child))
    let count = 0
    const edit = async (): Promise<void> => {
      count += 1
      await at.bench.patch(ES, child, { spec: { refreshInterval: `${(count % 5) + 1}h` } })
    }
    await at.until('its ExternalSecret was read', async () => {
      await Promise.all([edit(), edit(), edit(), edit()])
      return at.bench.asked
        .all()
        .some(
          ({ right, name, status }) =>
            right === on(EXTERNAL_SECRET, 'get') && name === at.id && status === 200,
        )
    })
  },
}

const deletedCluster: Exercise = {
  name: 'deleted-cluster-external-secret',
  takes: [on(CLUSTER_EXTERNAL_SECRET, 'patch')],
  run: async (at) => {
    const spec = { namespaces: [], externalSecretSpec: esSpec() }
    const metadata = { name: at.id, finalizers: [CLUSTER_CLEANUP_FINALIZER] }
    await at.bench.create(CES, { metadata, spec })
    await at.bench.delete(CES, { name: at.id })
    await at.until('it is gone', async () => (await at.bench.get(CES, { name: at.id })) === undefined)
  },
}

const leftFinalizer: Exercise = {
  name: 'left-finalizer',
  takes: ['patch namespaces', on(CLUSTER_EXTERNAL_SECRET, 'list'), 'list namespaces'],
  run: async (at) => {
    const finalizers = [`externalsecrets.external-secrets.io/ces-${at.id}`]
    await at.bench.create(NAMESPACES, { metadata: { name: at.id, finalizers } })
    const spec = { namespaces: [at.id], externalSecretSpec: esSpec() }
    await at.bench.create(CES, { metadata: { name: at.id }, spec })
    await at.until('the finalizer is gone', async () => {
      const { metadata } = (await at.bench.get(NAMESPACES, { name: at.id })) ?? {}
      return metadata !== undefined && (metadata.finalizers ?? []).length === 0
    })
  },
}

const configMap: Exercise = {
  name: 'config-map',
  takes: ['get configmaps', 'list configmaps', 'watch configmaps'],
  run: async (at) => {
    const where = { namespace: APPS, name: at.id }
    const text = (word: string) => ({ data: { text: `${word} {{ .password }}` } })
    await at.bench.create(CONFIG_MAPS, { metadata: where, ...text('first') })
    const templateFrom = [
      { target: 'Data', configMap: { name: at.id, items: [{ key: 'text', templateAs: 'Values' }] } },
    ]
    await makeEs(at, esSpec(undefined, undefined, { target: { template: { templateFrom } } }))
    const says = (word: string) => (data: Readonly<Record<string, string>>) =>
      Buffer.from(data['text'] ?? '', 'base64')
        .toString()
        .startsWith(word)
    await at.secret(at.id, says('first'))
    await at.bench.patch(CONFIG_MAPS, where, text('second'))
    await at.secret(at.id, says('second'), { what: 'its Secret follows the template' })
  },
}

const mobbKind = (name: string, kind: Kind, more: Json): Exercise => ({
  name,
  takes: [...served(kind), 'create secrets'],
  anyway: toldAnyway(kind),
  run: async (at) => {
    const type = typeOf(kind)
    const spec = { ...mobbSpec(`${at.id}-made`), ...more }
    await at.bench.create(type, { metadata: { namespace: APPS, name: at.id }, spec })
    await at.secret(`${at.id}-made`)
    await at.ready(type, at.id, APPS)
  },
})

export const pullSecret = mobbKind('pull-secret', PULL_SECRET, { ecr_registry: LINKED_HOST })

export const ORDERS: readonly Exercise[] = [
  registryLogin,
  clusterRegistryLogin,
  integration,
  heldIntegration,
  externalSecret,
  ofGenerator('generator', ECR_AUTHORIZATION_TOKEN, { region: REGION }),
  ofGenerator('session', STS_SESSION_TOKEN, { region: REGION, ...keysIn('keys') }),
  ofGenerator('cluster-generator', CLUSTER_GENERATOR, {
    kind: 'ECRAuthorizationToken',
    generator: { ecrAuthorizationTokenSpec: { region: REGION } },
  }),
  clusterExternalSecret,
  contendedChild,
  deletedCluster,
  leftFinalizer,
  configMap,
  pullSecret,
  mobbKind('argo-helm-repo-secret', ARGO_HELM_REPO_SECRET, { url: `${LINKED_HOST}/charts` }),
]

/** Used beside another that is broken, to see that it goes on: the first that does not take what is missing. */
export const NEIGHBOURS: readonly Exercise[] = [integration, pullSecret, registryLogin]
