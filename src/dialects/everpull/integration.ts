// This file is about turning one EcrIntegration into what is done about it: a test, and a hold while it is in use.
import { parseDuration } from '../../base/duration.ts'
import { type Fault, fault } from '../../model/fault.ts'
import type { CredentialSource } from '../../model/identity.ts'
import type { Probe, ProbedRegistry } from '../../model/probe.ts'
import { type Ref, refText } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import type { Finding, Translation, Warning, World } from '../dialect.ts'
import { finalizerOf, INTEGRATION_FINALIZER, TEST_LABEL } from './integration-kind.ts'
import { MOST_NAMED_USERS } from './integration-schema.ts'
import { readIntegration, type ReadIntegration } from './integration-spec.ts'
import { isShared, refusedHere, runtimesText, sourceOf } from './lending.ts'
import type { Registry } from './registries.ts'
import { REFRESH } from './translate.ts'

/** On an integration that is being deleted: it goes although it is in use. */
export const FORCE_DELETE = 'everpull.dev/force-delete'

type Order = Extract<Translation, { is: 'order' }>

export function translateIntegration(asked: Resource, world: World): Translation {
  const integration = readIntegration(asked)
  const users = usersOf(asked.ref, integration, world)
  if (asked.deletingSince !== undefined) return leaving(asked, users, world)
  if (integration.is === 'fault') return { is: 'invalid', fault: integration }
  if (refusedHere(integration, asked.ref, world.runtime) !== undefined) return ignored(integration)
  const source = sourceOf(integration.spec, asked.ref, world)
  if (source.is === 'fault') return { is: 'unready', fault: source, targets: [], ...held(users, world) }
  const sharing = sharingFinding(integration, world)
  return {
    ...NO_DELIVERY,
    warnings: warningsOf(sharing),
    probes: [probeOf(asked, integration, source, world)],
    ...held(users, world),
    circumstances: { users, findings: [sharing, useFinding(users)] },
  }
}

/** Who is served through it, save those that it has been taken from: they serve what they have. */
function usersOf(ref: Ref, integration: ReturnType<typeof readIntegration>, world: World): readonly Ref[] {
  const users = world.usersOf(ref)
  if (integration.is === 'fault') return users
  const isKept = ({ namespace }: Ref): boolean =>
    namespace === '' || isShared(integration.sharing, namespace, world) !== false
  return users.filter(isKept)
}

/** It makes no Secrets itself. */
const NO_DELIVERY: Order = { is: 'order', deliveries: [], warnings: [] }

type Installation = Pick<World, 'runtime'>

const held = (users: readonly Ref[], { runtime }: Installation): { readonly finalizer?: string } =>
  users.length > 0 ? { finalizer: finalizerOf(runtime) } : {}

/** Each installation lets go of it for itself; whoever forces it means all of them. */
function leaving(asked: Resource, users: readonly Ref[], world: Installation): Translation {
  const { [FORCE_DELETE]: forced = 'false' } = asked.annotations
  const isOurs = (name: string): boolean => name.startsWith(INTEGRATION_FINALIZER)
  if (forced !== 'false') return { ...NO_DELIVERY, releases: asked.finalizers.filter(isOurs) }
  const releases = [finalizerOf(world.runtime)]
  if (users.length === 0) return { ...NO_DELIVERY, releases }
  const holds = inUse(asked.ref, users)
  const finding: Finding = { type: 'InUse', status: 'True', reason: 'DeletionHeld', message: holds.message }
  return {
    ...NO_DELIVERY,
    ...held(users, world),
    releases,
    holds,
    circumstances: { users, findings: [finding] },
  }
}

const inUse = (ref: Ref, users: readonly Ref[]): Fault =>
  fault(
    'in-use',
    `${refText(ref)} is being deleted, and waits as it is used by ${usersText(users)}: ` +
      `have them use another identity, or annotate it with ${FORCE_DELETE}=true`,
  )

/** Here it is left alone, so nothing is said of it but that. */
function ignored({ spec }: ReadIntegration): Translation {
  const finding = ignoredFinding(spec.runtimes?.names ?? [])
  return { ...NO_DELIVERY, circumstances: { users: [], findings: [finding] } }
}

/** The same from every installation that it is not meant for, as several may write it. */
export const ignoredFinding = (names: readonly string[]): Finding => ({
  type: 'Ignored',
  status: 'True',
  reason: 'MeantForOthers',
  message: `it is meant for ${runtimesText(names)}: an installation with another name ignores it`,
})

function probeOf(
  asked: Resource,
  { spec, roles, registries }: ReadIntegration,
  source: CredentialSource,
  world: World,
): Probe {
  const { interval = '1h', permissions = ['pull'] } = spec.probe ?? {}
  const every = parseDuration(interval)
  const force = asked.annotations[REFRESH]
  return {
    identity: { source, roles, onBehalfOf: world.operatorNamespace, through: asked.ref },
    region: spec.region,
    registries: registries.map(probed),
    permissions,
    ...(asked.labels[TEST_LABEL] === 'true' ? { thorough: true } : {}),
    ...(every === undefined ? {} : { every }),
    ...(force === undefined ? {} : { force }),
    at: 'spec.auth',
  }
}

const probed = ({ host, scope, account }: Registry): ProbedRegistry => ({
  host,
  ...scope,
  ...(account === undefined ? {} : { account }),
})

/** Sorted, the first of them; the same for the same users in whichever order. */
export const usersNamed = (users: readonly Ref[]): readonly string[] =>
  users.map(refText).toSorted().slice(0, MOST_NAMED_USERS)

/** A condition names few: the status has more of them. */
const NAMED = 3

function usersText(users: readonly Ref[]): string {
  const named = usersNamed(users).slice(0, NAMED).join(', ')
  const more = users.length - NAMED
  return `${users.length === 1 ? 'one object' : `${users.length} objects`}: ${named}${more > 0 ? ` and ${more} more` : ''}`
}

const useFinding = (users: readonly Ref[]): Finding =>
  users.length === 0
    ? { type: 'InUse', status: 'False', reason: 'NotUsed', message: 'nothing is served through it' }
    : { type: 'InUse', status: 'True', reason: 'Used', message: `it is used by ${usersText(users)}` }

const enforced = (message: string): Finding => ({
  type: 'SharingEnforced',
  status: 'True',
  reason: 'Enforced',
  message,
})

const bypassed = (message: string): Finding => ({
  type: 'SharingEnforced',
  status: 'False',
  reason: 'AmbientCredentialsOpen',
  message,
})

const warningsOf = ({ status, message }: Finding): readonly Warning[] =>
  status === 'True' ? [] : [{ reason: 'SharingNotEnforced', message }]

const OWN = "the operator's own AWS identity"

/** Whether `--ambient-credentials` lets objects of other APIs do what the sharing keeps from them. */
function sharingFinding({ spec, sharing }: ReadIntegration, world: World): Finding {
  if (spec.auth.accessKey !== undefined) {
    return enforced('its access key is lent to the namespaces it is shared with, and to no other')
  }
  const { ambientOpenTo } = world
  if (ambientOpenTo === 'all') {
    return sharing?.isForAll === true
      ? enforced('it is shared with all namespaces')
      : bypassed(
          `every namespace may use ${OWN} without this integration, as the operator runs with --ambient-credentials=allow: ` +
            'start it with --ambient-credentials=deny, or namespaces=A,B for those that may',
        )
  }
  const others = ambientOpenTo.filter((namespace) => isShared(sharing, namespace, world) !== true)
  return others.length === 0
    ? enforced(`no namespace but those it is shared with may use ${OWN}`)
    : bypassed(
        `${namesText(others)} may use ${OWN} without this integration, as --ambient-credentials of the operator names ${others.length === 1 ? 'it' : 'them'}: ` +
          `take ${others.length === 1 ? 'it' : 'them'} out there, or share this integration with ${others.length === 1 ? 'it' : 'them'}`,
      )
}

const namesText = (names: readonly string[]): string =>
  `${names.length === 1 ? 'namespace' : 'namespaces'} ${names.slice(0, MOST_NAMED_USERS).join(', ')}${names.length > MOST_NAMED_USERS ? ', …' : ''}`
