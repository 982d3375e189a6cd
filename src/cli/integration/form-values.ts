// This file is about what the fields of an integration's form take: each reader turns one text into a value, or says what is wrong.
import { oneOf, type Value } from '../../config/values.ts'
import { isRegionName, parseHost, partitionIdOf, urlParts } from '../../model/registry.ts'

export const MODES = ['iam-role', 'access-key', 'ambient'] as const
export type Mode = (typeof MODES)[number]
export const readMode = oneOf(MODES)

export const readTestedFrom = oneOf(['cluster', 'here'])

const value = <T>(v: T): Value<T> => ({ is: 'value', value: v })
const wrong = (because: string): Value<never> => ({ is: 'wrong', because })

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** The name of an object, of a folder, and what CI says: a label of DNS is all three. */
export const readName = (text: string): Value<string> =>
  LABEL.test(text)
    ? value(text)
    : wrong('is no DNS label: use lower-case letters, digits and "-" inside, 63 characters at most')

export const readRegion = (text: string): Value<string> =>
  isRegionName(text) ? value(text) : wrong('is no AWS region such as eu-west-1')

export const readAccount = (text: string): Value<string> =>
  /^[0-9]{12}$/.test(text) ? value(text) : wrong('is no AWS account: twelve digits')

/** An ARN, or the bare name of a role. */
export function readRole(text: string): Value<string> {
  if (/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[!-~]{1,577}$/.test(text)) return value(text)
  return !text.startsWith('arn:') && /^(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(text)
    ? value(text)
    : wrong('is no role: write its ARN, arn:aws:iam::ACCOUNT:role/NAME, or its name')
}

export const isArn = (role: string): boolean => role.startsWith('arn:')

export const arnOf = (role: string, account: string, region: string): string =>
  `arn:${partitionIdOf(region)}:iam::${account}:role/${role}`

/** The account of the twelve digits in an ARN. */
export const accountOf = (arn: string): string | undefined => arn.split(':')[4]

export const readExternalId = (text: string): Value<string> =>
  /^[\w+=,.@:/-]{2,1224}$/.test(text)
    ? value(text)
    : wrong('is no external id: 2 to 1224 letters, digits and any of + = , . @ : / - _')

export const readAccessKeyId = (text: string): Value<string> =>
  /^[A-Z0-9]{16,128}$/.test(text)
    ? value(text)
    : wrong('is no access key id: 16 or more capital letters and digits, such as AKIAIOSFODNN7EXAMPLE')

/** Whether a host is one of ECR is told when the whole form is read: an alias is none, and may be meant. */
export function readRegistry(text: string): Value<string> {
  const { scheme, host, path } = urlParts(text)
  if (scheme !== '' || path !== '') return wrong(`is more than a host: write ${host}`)
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$/.test(host)
    ? value(host)
    : wrong('is no host name: use lower-case letters, digits, "-" and "."')
}

/** Instead of namespaces: it is shared with none of them any more. */
export const NO_NAMESPACE = '-'

export const readNamespacePattern = (text: string): Value<string> =>
  /^[-a-z0-9.*?]{1,253}$/.test(text) ? value(text) : wrong('is no name of a namespace, * and ? as wildcards')

const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export interface SecretName {
  readonly namespace?: string
  readonly name: string
}

/** `NAME`, or `NAMESPACE/NAME`. */
export function readSecretName(text: string): Value<SecretName> {
  const parts = text.split('/')
  const name = parts.at(-1) ?? ''
  const namespace = parts.length === 2 ? parts[0] : undefined
  const fits = parts.length <= 2 && SUBDOMAIN.test(name) && (namespace === undefined || LABEL.test(namespace))
  if (!fits) return wrong('is no Secret: write NAME or NAMESPACE/NAME')
  return value(namespace === undefined ? { name } : { namespace, name })
}

export interface StoreName {
  readonly kind: 'SecretStore' | 'ClusterSecretStore'
  readonly name: string
}

/** `NAME` of a SecretStore, or `ClusterSecretStore/NAME`. */
export function readStore(text: string): Value<StoreName> {
  const [kind, name, ...rest] = text.includes('/') ? text.split('/') : ['SecretStore', text]
  const isKind = kind === 'SecretStore' || kind === 'ClusterSecretStore'
  if (!isKind || name === undefined || rest.length > 0 || !SUBDOMAIN.test(name)) {
    return wrong('is no store: write NAME, SecretStore/NAME or ClusterSecretStore/NAME')
  }
  return value({ kind, name })
}

/** The region that the first of the hosts tells, where one does. */
export const regionOfHosts = (hosts: readonly string[]): string | undefined => firstOf(hosts, 'region')

/** The account that they all have. */
export function accountOfHosts(hosts: readonly string[]): string | undefined {
  const accounts = new Set(hosts.flatMap((host) => firstOf([host], 'account') ?? []))
  const [account] = accounts
  return accounts.size === 1 ? account : undefined
}

function firstOf(hosts: readonly string[], what: 'region' | 'account'): string | undefined {
  for (const host of hosts) {
    const read = parseHost(host)
    if (read.is === 'private') return read[what]
  }
  return undefined
}
