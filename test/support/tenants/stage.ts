// This file is about a cluster with two tenants: what an admin and alice have set up in it, and mallory's rights.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allow, policy, PULL, trustingAccounts } from '../../../sandbox/aws/seed-roles.ts'
import { conditionWhere } from '../deeds.ts'
import { type RunningOperator, Stage } from '../stage.ts'
import {
  ALICE,
  accountOf,
  external,
  generated,
  generatorRef,
  keySecret,
  keysIn,
  login,
  MALLORY,
  type Manifest,
  object,
  secret,
  through,
  withKeys,
} from './manifests.ts'
import {
  ACCOUNT_ID,
  ALICES_EXTERNAL_ID,
  CANARIES,
  HOST,
  JUMP_EXTERNAL_ID,
  roleArn,
  type Setting,
  userArn,
} from './names.ts'

export interface AccessKey {
  readonly id: string
  readonly secret: string
}

export interface Cast {
  /** Of alice's user; its id is no secret. */
  readonly alicesKey: AccessKey
  readonly mallorysKey: AccessKey
  /** Of the cluster's tokens, and the API server's own audience. */
  readonly issuer: string
  /** Of objects that mallory can read about, by kind and name: `registrylogin/ecr`. */
  readonly uids: ReadonlyMap<string, string>
}

export class TenantsStage implements AsyncDisposable {
  readonly stage: Stage
  readonly cast: Cast
  readonly operator: RunningOperator
  readonly #kubeconfig: string

  private constructor(stage: Stage, operator: RunningOperator, cast: Cast, kubeconfig: string) {
    this.stage = stage
    this.operator = operator
    this.cast = cast
    this.#kubeconfig = kubeconfig
  }

  /** With an operator that serves alice already. */
  static async open(
    setting: Setting,
    more: (folder: string) => Promise<readonly string[]> = async () => [],
  ): Promise<TenantsStage> {
    const stage = await Stage.open({ audit: true })
    try {
      const { keys, issuer } = await inAws(stage)
      await stage.apply(list(adminsObjects(keys.alice)))
      await stage.apply(await stage.everpull('rbac', ...setting.rbac))
      await stage.apply(list(alicesObjects(keys.alice, setting)))
      const flags = [...setting.flags, ...(await more(stage.sandbox.folder)), '--log-level=debug']
      const operator = await stage.startOperator(flags)
      await operator.ready()
      for (const { kind, metadata } of alicesObjects(keys.alice, setting)) {
        if (kind !== 'RegistryLogin' && kind !== 'ExternalSecret') continue
        await conditionWhere(
          stage,
          kind.toLowerCase(),
          ALICE,
          metadata.name,
          ({ status }) => status === 'True',
        )
      }
      for (const name of ['for-alice', 'for-teams'])
        await stage.secretWhere(ALICE, name, 'is written', () => true)
      const kubeconfig = join(stage.sandbox.folder, 'mallory.kubeconfig')
      await writeFile(kubeconfig, await stage.sandbox.kubeconfigFor({ user: MALLORY }, MALLORY))
      const cast = { alicesKey: keys.alice, mallorysKey: keys.mallory, issuer, uids: await uidsIn(stage) }
      return new TenantsStage(stage, operator, cast, kubeconfig)
    } catch (error) {
      await stage[Symbol.asyncDispose]()
      throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stage[Symbol.asyncDispose]()
  }

  /** kubectl with mallory's rights. */
  asMallory(...args: readonly string[]): Promise<string> {
    return this.stage.kubectl(`--kubeconfig=${this.#kubeconfig}`, ...args)
  }

  /** Applies what the API server lets mallory apply, and tells what it said about the rest. */
  async tryAll(manifests: readonly Manifest[]): Promise<string> {
    const file = join(this.stage.sandbox.folder, 'attempts.json')
    await writeFile(file, list(manifests))
    return this.asMallory('apply', '--validate=false', '-f', file).catch((error: Error) => error.message)
  }
}

export const list = (items: readonly object[]): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items })

/** Who there is in AWS: a user for each tenant, and roles that trust one of them, or a pod of theirs, or whoever jumps. */
async function inAws(
  stage: Stage,
): Promise<{ keys: Record<'alice' | 'mallory', AccessKey>; issuer: string }> {
  const { issuer } = JSON.parse(await stage.kubectl('get', '--raw', '/.well-known/openid-configuration'))
  const provider = {
    issuer,
    audiences: ['sts.amazonaws.com'],
    providerArn: `arn:aws:iam::${ACCOUNT_ID}:oidc-provider/${issuer.replace('https://', '')}`,
  }
  const may = { ecr: policy(allow('*', 'ecr:GetAuthorizationToken', 'sts:AssumeRole', ...PULL)) }
  const trusting = (arn: string, externalId?: string) =>
    policy({
      Effect: 'Allow',
      Principal: { AWS: [arn] },
      Action: 'sts:AssumeRole',
      ...(externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
    })
  const pods = (namespace: string, name = 'puller') =>
    policy(trustingAccounts(provider, [`system:serviceaccount:${namespace}:${name}`]))
  const bot = stage.sandbox.aws.principals.bot.arn
  for (const name of [ALICE, MALLORY])
    await stage.admin('POST', '/users', { account: ACCOUNT_ID, name, policies: may })
  for (const [name, trust] of Object.entries({
    'alice-role': trusting(bot, ALICES_EXTERNAL_ID),
    'alice-open': trusting(bot),
    'alice-of-user': trusting(userArn(ALICE)),
    'alice-pods': pods(ALICE),
    'tenant-jump': trusting(bot),
    'sometimes-role': trusting(bot),
    'alice-jumped': trusting(roleArn('tenant-jump'), JUMP_EXTERNAL_ID),
    'mallory-jumped': trusting(roleArn('tenant-jump'), JUMP_EXTERNAL_ID),
    'mallory-pods': pods(MALLORY),
    'mallory-returning': pods(MALLORY, 'returning'),
  })) {
    await stage.admin('POST', '/roles', { account: ACCOUNT_ID, name, trust, policies: may })
  }
  const key = (user: string) => stage.admin<AccessKey>('POST', '/access-keys', { user: userArn(user) })
  return { keys: { alice: await key(ALICE), mallory: await key(MALLORY) }, issuer }
}

const cluster = (apiVersion: string, kind: string, name: string, spec: object): Manifest => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
})

export const integration = (name: string, auth: object, namespaces?: object, more: object = {}): Manifest =>
  cluster('everpull.dev/v1alpha1', 'EcrIntegration', name, {
    region: 'us-west-1',
    auth,
    ...(namespaces === undefined ? {} : { sharing: { namespaces } }),
    ...more,
  })

const TEAM = { selector: { matchLabels: { team: ALICE } } }

/** What whoever owns the cluster has set up. */
function adminsObjects(alicesKey: AccessKey): readonly Manifest[] {
  const namespace = (name: string, labels: object) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  })
  const generatorSpec = { region: 'us-west-1' }
  const clusterGenerator = (name: string, more: object): Manifest =>
    cluster('generators.external-secrets.io/v1alpha1', 'ClusterGenerator', name, {
      kind: 'ECRAuthorizationToken',
      generator: { ecrAuthorizationTokenSpec: { ...generatorSpec, ...more } },
    })
  return [
    namespace(ALICE, { team: ALICE }),
    namespace(MALLORY, { team: MALLORY }),
    ...mallorysRights(),
    keySecret('everpull', 'alices-key', alicesKey),
    integration('alices', { accessKey: { secretName: 'alices-key' } }, { names: [ALICE] }),
    integration(
      'alices-role',
      { iamRole: { roleArn: roleArn('alice-role'), externalId: ALICES_EXTERNAL_ID } },
      TEAM,
    ),
    integration('unshared', { ambient: {} }),
    integration(
      'jump',
      { iamRole: { roleArn: roleArn('tenant-jump') } },
      { names: [ALICE, MALLORY] },
      { allowedRoles: [roleArn('mallory-*')], allowedRoleSession: { externalId: JUMP_EXTERNAL_ID } },
    ),
    clusterGenerator('with-keys', keysIn('alices-key')),
    clusterGenerator('of-the-operator', {}),
    clusterGenerator('of-an-open-role', { role: roleArn('alice-open') }),
    cluster('everpull.dev/v1alpha1', 'ClusterRegistryLogin', 'for-alice', {
      namespaces: { names: [ALICE] },
      registries: [{ host: HOST }],
      identity: withKeys('alices-key'),
      outputs: [{ secretName: 'for-alice', dockerConfig: {} }],
    }),
    cluster('external-secrets.io/v1', 'ClusterExternalSecret', 'for-teams', {
      namespaceSelectors: [{ matchLabels: { team: ALICE } }],
      externalSecretSpec: { refreshInterval: '8h', dataFrom: [generatorRef('keys')] },
    }),
  ]
}

const ALL = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** All there is to have in a namespace but the namespace itself: who may label that may choose what is shared with it. */
const mallorysRights = (): readonly Manifest[] => [
  object('rbac.authorization.k8s.io/v1', 'Role', 'tenant', {
    rules: [
      {
        apiGroups: [''],
        resources: ['secrets', 'configmaps', 'serviceaccounts', 'serviceaccounts/token', 'events', 'pods'],
        verbs: ALL,
      },
      {
        apiGroups: [
          'everpull.dev',
          'external-secrets.io',
          'generators.external-secrets.io',
          'ecr.mobb.redhat.com',
          'rbac.authorization.k8s.io',
        ],
        resources: ['*'],
        verbs: ALL,
      },
    ],
  }),
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'tenant', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: MALLORY }],
  }),
]

/** What alice has: a Secret by each way there is. */
export function alicesObjects(
  key: AccessKey,
  { isAmbient, hasAccounts, flags }: Setting,
): readonly Manifest[] {
  const usesAmbient = isAmbient || flags.some((flag) => flag.startsWith('--ambient-credentials=namespaces'))
  const objects = [
    keySecret(ALICE, 'keys', key),
    keySecret(ALICE, 'alices-key', key),
    secret('canary', { text: CANARIES[0] }),
    object('v1', 'ConfigMap', 'canary', { data: { text: CANARIES[1] } }),
    object(
      'v1',
      'ServiceAccount',
      'puller',
      {},
      {
        annotations: { 'eks.amazonaws.com/role-arn': roleArn('alice-pods') },
      },
    ),
    object(
      'v1',
      'ServiceAccount',
      'only-alices',
      {},
      {
        annotations: { 'eks.amazonaws.com/role-arn': roleArn('alice-pods') },
      },
    ),
    login('ecr', through('alices')),
    login('by-role', through('alices-role')),
    login('of-keys', withKeys('keys'), { assumeRoles: [{ roleArn: roleArn('alice-of-user') }] }),
    ...generated('repo', keysIn('keys')),
    external('keys-only', [generatorRef('keys')]),
    object('generators.external-secrets.io/v1alpha1', 'ECRAuthorizationToken', 'keys', {
      spec: { region: 'us-west-1', ...keysIn('keys') },
    }),
    ...(usesAmbient ? generated('ambient', {}) : []),
    ...(hasAccounts ? generated('pods', accountOf('puller')) : []),
  ]
  return objects.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: ALICE } }))
}

interface Named {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly uid: string }
}

async function uidsIn(stage: Stage): Promise<ReadonlyMap<string, string>> {
  const kinds =
    'registrylogins,clusterregistrylogins,clusterexternalsecrets,externalsecrets.external-secrets.io'
  const { items } = (await stage.get<{ items: readonly Named[] }>(kinds, '-n', ALICE)) ?? { items: [] }
  return new Map(items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.uid]))
}
