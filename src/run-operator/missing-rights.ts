// This file is about telling in the log which right is missing, what it is needed for, and how to get it.
//
// Whoever was refused says so in its own place: a status, an event. Here every refusal passes, so that none goes untold,
// and each right is told once.
import { accessOptionsOf } from './access-options.ts'
import { type Clock, type Instant, systemClock } from '../base/clock.ts'
import { minutes } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../config.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { type Access, requiredAccess } from '../generate/access.ts'
import { FEATURES, type FeatureName } from '../generate/features.ts'
import { rbacCommand } from './rbac-flags.ts'
import type { ClusterAccess } from '../kube/access.ts'
import type { KubeClient, KubeRequest } from '../kube/client.ts'
import { isOwnershipRefused, type RefusedRight, refusedRight } from '../kube/error.ts'
import type { Kind } from '../model/kind.ts'

export interface NeededRights {
  readonly needed: readonly Access[]
  /** Owners are named by kind, rights by plural. */
  readonly kinds: readonly Kind[]
  /** The command whose output gives them all. */
  readonly remedy: string
}

export function neededRights(
  config: Config,
  { namespace }: Pick<ClusterAccess, 'namespace'>,
  served: readonly Dialect[],
): NeededRights {
  const account = { namespace: config.podNamespace ?? namespace, name: 'everpull' }
  const options = accessOptionsOf(config, account)
  return {
    needed: requiredAccess(options, served),
    kinds: served.flatMap(({ kinds }) => kinds),
    remedy: rbacCommand(options, config.dialects),
  }
}

/** What is still missing is told again. */
const AGAIN_MS = minutes(60)

/** The same client; whatever it is refused for want of a right is told. */
export function tellingMissingRights(
  client: KubeClient,
  rights: NeededRights,
  log: Log,
  clock: Clock = systemClock,
): KubeClient {
  const missing = new MissingRights(rights, log, clock)
  const told =
    (request: KubeRequest) =>
    (error: unknown): never => {
      missing.note(error, request)
      throw error
    }
  return {
    request: <T>(request: KubeRequest) => client.request<T>(request).catch(told(request)),
    stream: (request) => client.stream(request).catch(told(request)),
    stats: () => client.stats(),
    close: () => client.close(),
  }
}

class MissingRights {
  readonly #rights: NeededRights
  readonly #log: Log
  readonly #clock: Clock
  readonly #toldAt = new Map<string, Instant>()

  constructor(rights: NeededRights, log: Log, clock: Clock) {
    this.#rights = rights
    this.#log = log
    this.#clock = clock
  }

  note(error: unknown, request: KubeRequest): void {
    const right = refusedRight(error)
    const rights = right !== undefined ? [right] : isOwnershipRefused(error) ? this.#toOwn(request) : []
    for (const one of rights) this.#tell(one)
  }

  #tell(right: RefusedRight): void {
    const text = textOf(right)
    const now = this.#clock.now()
    const before = this.#toldAt.get(text)
    if (before !== undefined && now < before + AGAIN_MS) return
    this.#toldAt.set(text, now)
    const features = this.#featuresOf(right)
    this.#log.warn(`a right is missing: apply the output of "${this.#rights.remedy}"`, {
      right: text,
      neededTo: features.map((name) => FEATURES[name].neededFor).join('; '),
      without: features.map((name) => FEATURES[name].without).join('; '),
    })
  }

  #featuresOf({ verb, group, resource, namespace }: RefusedRight): readonly FeatureName[] {
    const fitting = this.#rights.needed.filter(
      (access) =>
        access.verb === verb &&
        access.group === group &&
        pathOf(access) === resource &&
        (access.namespace === undefined || access.namespace === namespace),
    )
    return [...new Set(fitting.flatMap(({ features }) => features))]
  }

  /** The API server does not say which: those of whatever the request would have had as an owner. */
  #toOwn({ body }: KubeRequest): readonly RefusedRight[] {
    const { kinds } = this.#rights
    return ownersIn(body).flatMap(({ kind, apiVersion }) =>
      kinds
        .filter((one) => one.kind === kind && apiVersion.startsWith(`${one.group}/`))
        .map(({ plural, group }) => ({ verb: 'update', resource: `${plural}/finalizers`, group })),
    )
  }
}

const pathOf = ({ resource, subresource }: Access): string =>
  subresource === undefined ? resource : `${resource}/${subresource}`

function textOf({ verb, resource, group, namespace }: RefusedRight): string {
  const [plural = '', ...subresource] = resource.split('/')
  const path = [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')
  return namespace === undefined ? `${verb} ${path}` : `${verb} ${path} in namespace ${namespace}`
}

interface Owner {
  readonly kind: string
  readonly apiVersion: string
}

function ownersIn(body: unknown): readonly Owner[] {
  const whole = body as { readonly metadata?: { readonly ownerReferences?: readonly Owner[] } } | undefined
  return whole?.metadata?.ownerReferences ?? []
}
