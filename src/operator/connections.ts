// This file is about the connections that an order stands for: the ones it has tested, or those its logins are asked for with.
import { canonicalJson } from '../base/canonical-json.ts'
import type { Translation } from '../dialects/dialect.ts'
import type { Delivery } from '../model/delivery.ts'
import type { Identity } from '../model/identity.ts'
import type { RegistryScope, TokenScope, Want } from '../model/login.ts'
import type { Permission, Probe, ProbedRegistry } from '../model/probe.ts'
import { parseHost, urlParts } from '../model/registry.ts'
import type { Shape } from '../model/shape.ts'

/** Whatever it does not say itself: whether pushing matters. */
export function connectionsOf(translation: Translation, unsaid: readonly Permission[]): readonly Probe[] {
  if (translation.is !== 'order') return []
  const { probes = [], deliveries } = translation
  return probes.length > 0 ? probes : connectionsFor(deliveries, unsaid)
}

/** One for each identity, with all registries it is asked for. */
function connectionsFor(deliveries: readonly Delivery[], unsaid: readonly Permission[]): readonly Probe[] {
  const found = new Map<string, Probe>()
  for (const { logins, shape } of deliveries) {
    for (const [login, want] of logins.entries()) {
      const { identity, scope, at = '' } = want
      const key = canonicalJson({ ...identity })
      const before = found.get(key)
      const registries = [...(before?.registries ?? []), ...registriesIn(hostsOf(want, shape, login), scope)]
      found.set(key, {
        identity,
        region: before?.region ?? scope.region,
        registries: distinct(registries),
        permissions: narrowedTo(identity) ?? unsaid,
        at,
      })
    }
  }
  return [...found.values()]
}

const distinct = (registries: readonly ProbedRegistry[]): readonly ProbedRegistry[] => [
  ...new Map(registries.map((registry) => [registry.host, registry])).values(),
]

const isRegistry = (scope: TokenScope): scope is RegistryScope => scope.service !== 'session'

function registriesIn(hosts: readonly string[], scope: TokenScope): readonly ProbedRegistry[] {
  if (!isRegistry(scope)) return []
  return hosts.map((host) => {
    const read = parseHost(host)
    return { host, ...scope, ...(read.is === 'private' ? { account: read.account } : {}) }
  })
}

/** The hosts that a delivery's n-th login is for, as it says itself, or as far as its shape tells them. */
export function hostsOf({ hosts }: Pick<Want, 'hosts'>, shape: Shape, login: number): readonly string[] {
  if (hosts !== undefined) return hosts
  if (shape.is === 'docker-config') {
    return shape.hosts.flatMap((one) => (one.login === login ? [one.host] : []))
  }
  const values = shape.is === 'template' ? shape.values : shape
  return 'entries' in values
    ? values.entries.flatMap(({ value }) => (value.is === 'literal' ? ecrHostIn(value.text) : []))
    : []
}

function ecrHostIn(text: string): readonly string[] {
  const { host } = urlParts(text)
  return parseHost(host).is === 'not-ecr' ? [] : [host]
}

/** What a session policy leaves, as far as pulling and pushing go; nothing where there is none. */
function narrowedTo({ source, roles }: Identity): readonly Permission[] | undefined {
  const policy = roles.at(-1)?.policy ?? ('policy' in source ? source.policy : undefined)
  if (policy === undefined) return undefined
  return policy.includes('PutImage') ? ['pull', 'push'] : ['pull']
}
