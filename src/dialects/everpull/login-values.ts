// This file is about what can be taken from a login and its registry, by the names that fields and templates know.
import type { Entry, Value } from '../../model/shape.ts'
import type { FieldName } from './output-schema.ts'

export function valueOf(field: FieldName, host: string): Value {
  if (field === 'host') return { is: 'literal', text: host }
  // AWS tells one of the caller's own account, which need not be the account of the registry.
  if (field === 'proxyEndpoint') return { is: 'literal', text: `https://${host}` }
  return { is: 'login', login: 0, field }
}

/** Whether it says which of several registries it is about. */
export const tellsHost = (field: string): boolean =>
  ['host', 'proxyEndpoint', 'proxy_endpoint'].includes(field)

/** Under which name templates find what; the last two as in templates written for External Secrets. */
const TEMPLATE_NAMES = {
  username: 'username',
  password: 'password',
  usernamePassword: 'usernamePassword',
  host: 'host',
  proxyEndpoint: 'proxyEndpoint',
  expiresAt: 'expiresAt',
  expiresAtSeconds: 'expiresAtSeconds',
  proxy_endpoint: 'proxyEndpoint',
  expires_at: 'expiresAtSeconds',
} as const satisfies Record<string, FieldName>

export const templateNames: readonly string[] = Object.keys(TEMPLATE_NAMES)

export const templateValues = (host: string): readonly Entry[] =>
  Object.entries(TEMPLATE_NAMES).map(([key, field]) => ({ key, value: valueOf(field, host) }))
