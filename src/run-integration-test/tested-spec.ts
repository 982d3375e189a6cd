// This file is about what is tested: the spec that a form stands for, or that of an integration of the cluster.
import { ECR_INTEGRATION } from '../dialects/everpull/integration-kind.ts'
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { VERSION } from '../dialects/everpull/kinds.ts'
import type { KubeClient } from '../kube/client.ts'
import { isNotFound } from '../kube/error.ts'
import type { KubeObject, ResourceType } from '../kube/resource.ts'
import { getObject } from '../kube/writes.ts'
import { type HeldKey, TOKEN_KEY } from '../operator/adapters/key-secret.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { IntegrationSettings, Tested, TestOptions } from '../operator/commands/integrations.ts'
import { type KeySecret, testedSpecOf } from '../operator/integration-spec.ts'

export const INTEGRATIONS: ResourceType = {
  group: ECR_INTEGRATION.group,
  version: VERSION,
  plural: ECR_INTEGRATION.plural,
  kind: ECR_INTEGRATION.kind,
  namespaced: false,
}

/** Whether what is asked about can be known without looking into a cluster. */
export function isSelfContained(tested: Tested): boolean {
  if (tested.is === 'integration') return false
  const { access } = tested.settings
  return access.is !== 'access-key' || access.secret.is === 'sealed'
}

/** The key that whoever asks has brought along. */
export function heldKey(tested: Tested): HeldKey | undefined {
  if (tested.is === 'integration') return undefined
  const { access } = tested.settings
  if (access.is !== 'access-key' || access.secret.is !== 'sealed') return undefined
  const { secretAccessKey, sessionToken } = access.secret
  return { secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

/** Where things are looked for, and where a key is kept that was brought along. */
export interface Home {
  readonly client: KubeClient
  readonly operatorNamespace: string
  /** Of the Secret with that key. */
  readonly secretName: string
  /** Whether a key is fetched from a store. */
  readonly canFetch: boolean
}

/** The spec to test, for nobody else: sharing and runtimes are not of it. Throws a CommandFailure where there is none. */
export async function specFor(
  tested: Tested,
  { push }: TestOptions,
  home: Home,
  signal?: AbortSignal,
): Promise<EcrIntegrationSpec> {
  const spec =
    tested.is === 'integration'
      ? atHome(await readSpec(home.client, tested.name, signal), home)
      : testedSpecOf(tested.settings, await keySecretOf(tested.settings, home, signal))
  const { permissions = ['pull'] } = spec.probe ?? {}
  return { ...spec, probe: { permissions: push === true ? ['pull', 'push'] : permissions, interval: RARELY } }
}

/** Once is enough: it is gone long before. */
const RARELY = '168h'

/** The form alone: no cluster is asked. */
export function specAlone(
  { settings }: Extract<Tested, { is: 'settings' }>,
  { push }: TestOptions,
  secret: KeySecret,
): EcrIntegrationSpec {
  const permissions: ('pull' | 'push')[] = push === true ? ['pull', 'push'] : ['pull']
  return { ...testedSpecOf(settings, secret), probe: { permissions, interval: RARELY } }
}

export const heldSecret = (name: string, namespace: string, key: HeldKey | undefined): KeySecret => ({
  name,
  namespace,
  ...(key?.sessionToken === undefined ? {} : { sessionTokenKey: TOKEN_KEY }),
})

async function keySecretOf(
  settings: IntegrationSettings,
  home: Home,
  signal: AbortSignal | undefined,
): Promise<KeySecret> {
  const { access, name } = settings
  const { operatorNamespace, secretName } = home
  if (access.is !== 'access-key') return { name: secretName }
  const { secret } = access
  switch (secret.is) {
    case 'sealed':
      return heldSecret(secretName, operatorNamespace, heldKey({ is: 'settings', settings }))
    case 'existing':
      return {
        name: secret.secretName,
        namespace: secret.secretNamespace ?? operatorNamespace,
        ...(secret.key === undefined ? {} : { key: secret.key }),
      }
    case 'external':
      if (home.canFetch) return { name: secretName, namespace: operatorNamespace }
      throw new CommandFailure(
        `the secret access key of ${name} is with ${secret.store.kind} ${secret.store.name}, which nobody can ask from here: test it in the cluster`,
      )
    case 'kept':
      return keptSecretOf(name, await readSpec(home.client, name, signal), home)
  }
}

function keptSecretOf(name: string, { auth }: EcrIntegrationSpec, home: Home): KeySecret {
  const { accessKey } = auth
  if (accessKey === undefined)
    throw new CommandFailure(
      `EcrIntegration ${name} in the cluster has no access key that could be kept: give the secret access key`,
    )
  const { secretName, secretNamespace, secretAccessKeyKey, sessionTokenKey } = accessKey
  return {
    name: secretName,
    namespace: secretNamespace ?? home.operatorNamespace,
    ...(secretAccessKeyKey === undefined ? {} : { key: secretAccessKeyKey }),
    ...(sessionTokenKey === undefined ? {} : { sessionTokenKey }),
  }
}

async function readSpec(
  client: KubeClient,
  name: string,
  signal: AbortSignal | undefined,
): Promise<EcrIntegrationSpec> {
  try {
    const found = await getObject<KubeObject & { readonly spec: EcrIntegrationSpec }>(
      client,
      INTEGRATIONS,
      { name },
      { signal },
    )
    return found.spec
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw new CommandFailure(
      `there is no EcrIntegration ${name} in the cluster: check the name, or give its settings to test them`,
    )
  }
}

/** As it stands, save who may use it; its Secret is named with its namespace. */
function atHome(whole: EcrIntegrationSpec, home: Home): EcrIntegrationSpec {
  const { sharing: _sharing, runtimes: _runtimes, ciAccess: _ciAccess, ...spec } = whole
  const { accessKey } = spec.auth
  if (accessKey === undefined) return spec
  return {
    ...spec,
    auth: {
      accessKey: { ...accessKey, secretNamespace: accessKey.secretNamespace ?? home.operatorNamespace },
    },
  }
}
