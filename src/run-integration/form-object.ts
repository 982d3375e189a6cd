// This file is about the form of an integration as an EcrIntegration, and back: what the form has no field for stays as it is.
import { ECR_INTEGRATION } from '../dialects/everpull/integration-kind.ts'
import { VERSION } from '../dialects/everpull/kinds.ts'
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { referenceTo } from '../config-repo/secret-manifests.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import { hostOf, parseHost } from '../model/registry.ts'
import type { IntegrationAccess, IntegrationSettings, SecretPart } from '../operator/commands/integrations.ts'

/** A spec that somebody wrote: anything in it may be something else. */
type Loose = Readonly<Record<string, unknown>>

export const API_VERSION = `${ECR_INTEGRATION.group}/${VERSION}`

export const isIntegration = ({ apiVersion, kind }: WrittenObject): boolean =>
  kind === ECR_INTEGRATION.kind && apiVersion.startsWith(`${ECR_INTEGRATION.group}/`)

export function integrationObject(settings: IntegrationSettings, kept?: WrittenObject): WrittenObject {
  // The folder says whom it is for; beside it the field can only contradict.
  const { runtimes: _byFolder, registries: listed, sharing, ...before } = mapIn(kept?.['spec'])
  const { region, registries, namespaces } = settings
  const spec = {
    ...before,
    region,
    auth: authOf(settings.access, settings.name, mapIn(before['auth'])),
    ...registriesOf(registries, region, { registries: listed }),
    ...sharingOf(namespaces, sharing),
  }
  return {
    apiVersion: API_VERSION,
    kind: ECR_INTEGRATION.kind,
    ...kept,
    metadata: kept?.metadata ?? { name: settings.name },
    spec,
  }
}

/** Nobody: without the field it is for the operator's own namespace alone, whatever chose others. */
function sharingOf(namespaces: readonly string[] | undefined, before: unknown): Loose {
  if (namespaces === undefined) return before === undefined ? {} : { sharing: before }
  if (namespaces.length === 0) return {}
  return { sharing: { namespaces: { ...mapIn(mapIn(before)['namespaces']), names: namespaces } } }
}

function authOf(access: IntegrationAccess, name: string, before: Loose): EcrIntegrationSpec['auth'] | Loose {
  switch (access.is) {
    case 'ambient':
      return { ambient: mapIn(before['ambient']) }
    case 'role': {
      const { externalId: _before, ...rest } = mapIn(before['iamRole'])
      const { role: roleArn, externalId } = access
      return { iamRole: { ...rest, roleArn, ...(externalId === undefined ? {} : { externalId }) } }
    }
    case 'access-key': {
      if (access.secret.is !== 'kept') {
        return { accessKey: { ...referenceOf(access.secret, name), accessKeyId: access.accessKeyId } }
      }
      return { accessKey: keptKey(mapIn(before['accessKey']), access.accessKeyId) }
    }
  }
}

/** Where the key id stands in the Secret, the form knows none. */
function keptKey(before: Loose, accessKeyId: string): Loose {
  if (accessKeyId === '') return before
  const { accessKeyIdKey: _inSecret, ...rest } = before
  return { ...rest, accessKeyId }
}

function referenceOf(secret: Exclude<SecretPart, { is: 'kept' }>, name: string) {
  if (secret.is !== 'existing') {
    return referenceTo(name, secret.is === 'sealed' && secret.sessionToken !== undefined)
  }
  const { secretName, secretNamespace, key } = secret
  return {
    secretName,
    ...(secretNamespace === undefined ? {} : { secretNamespace }),
    ...(key === undefined ? {} : { secretAccessKeyKey: key }),
  }
}

/** As they stand where they are the same: somebody may have written them by account and region. */
function registriesOf(hosts: readonly string[], region: string, before: Loose): Loose {
  if (hosts.length === 0) return {}
  if (sameTexts(hosts, hostsOf(before))) return { registries: before['registries'] }
  return {
    registries: hosts.map((host) => (parseHost(host).is === 'not-ecr' ? { host, region } : { host })),
  }
}

const sameTexts = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((text, i) => text === others[i])

/** The form of what somebody wrote, as far as the form has a field for it. */
export function formOf(
  object: WrittenObject,
  runtimes: IntegrationSettings['runtimes'],
): IntegrationSettings {
  const spec = mapIn(object['spec'])
  const names = mapIn(mapIn(spec['sharing'])['namespaces'])['names']
  return {
    name: object.metadata.name,
    runtimes,
    access: accessOf(mapIn(spec['auth'])),
    region: textIn(spec['region']),
    registries: hostsOf(spec),
    ...(Array.isArray(names) ? { namespaces: names.map(String) } : {}),
  }
}

function accessOf({ iamRole, accessKey }: Loose): IntegrationAccess {
  if (iamRole !== undefined) {
    const { roleArn, externalId } = mapIn(iamRole)
    return {
      is: 'role',
      role: textIn(roleArn),
      ...(externalId === undefined ? {} : { externalId: textIn(externalId) }),
    }
  }
  if (accessKey === undefined) return { is: 'ambient' }
  return { is: 'access-key', accessKeyId: textIn(mapIn(accessKey)['accessKeyId']), secret: { is: 'kept' } }
}

export function hostsOf({ registries }: Loose): readonly string[] {
  if (!Array.isArray(registries)) return []
  return registries.flatMap((one: unknown) => {
    const { host, account, region, public: isPublic } = mapIn(one)
    if (typeof host === 'string') return [host]
    if (isPublic === true) return ['public.ecr.aws']
    const made = hostOf({ account: textIn(account), region: textIn(region) })
    return typeof made === 'string' ? [made] : []
  })
}

export const mapIn = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}

export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')
