// This file is about what a translation may look at, and about remembering what it did look at.
import type { Listed, Looked, World } from '../dialects/dialect.ts'
import type { EngineParts } from '../engine/pass.ts'
import type { ReflectorPhase } from '../kube/reflector.ts'
import type { Kind, KindName } from '../model/kind.ts'
import { fault } from '../model/fault.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { bareResource, type Resource } from '../model/resource.ts'
import { type Selector, selects } from '../model/selector.ts'
import type { Selection } from './dependencies.ts'
import type { KindWatch } from './kind-watch.ts'
import type { SecretIndex } from './secret-index.ts'

export interface WorldSources {
  readonly kinds: ReadonlyMap<string, KindWatch>
  readonly secrets: SecretIndex
  readonly operatorNamespace: string
  readonly runtime: string
  readonly ambientOpenTo: World['ambientOpenTo']
  /** Whose orders are being served through it. */
  usersOf(ref: Ref): readonly Ref[]
  /** Shared by whoever parses templates: dialects before an order, the engine for it. */
  readonly templates: EngineParts['templates']
  /** Kinds watched only once somebody looks at them; denied when the operator was started without them. */
  openLate(ref: Ref): Looked
  /** The same for a whole kind. */
  listLate(kind: KindName): Listed
}

export const kindKey = (kind: Pick<Kind, 'group' | 'kind'>): string => `${kind.group}/${kind.kind}`

export interface Looking extends World {
  /** Keys of everything looked at so far. */
  readonly touched: ReadonlySet<string>
  /** The selections looked through. */
  readonly selections: readonly Selection[]
  /** What was asked for and not yet read. */
  readonly unread: readonly Ref[]
  readonly unlisted: readonly KindName[]
}

/** One translation's view. `fetched` holds what earlier rounds asked for and the operator then read. */
export function look(sources: WorldSources, fetched: ReadonlyMap<string, Looked>): Looking {
  const touched = new Set<string>()
  const unread: Ref[] = []
  const get = (ref: Ref): Looked => {
    touched.add(refKey(ref))
    const looked = fetched.get(refKey(ref)) ?? find(sources, ref)
    if (looked.is === 'unread') unread.push(ref)
    return looked
  }
  const selections: Selection[] = []
  const unlisted: KindName[] = []
  const list = (kind: KindName, selector: Selector): Listed => {
    selections.push({ kind, selector })
    const listed = listAll(sources, kind)
    if (listed.is === 'unread') unlisted.push(kind)
    if (listed.is !== 'listed') return listed
    return { is: 'listed', resources: listed.resources.filter(({ labels }) => selects(selector, labels)) }
  }
  const { operatorNamespace, runtime, ambientOpenTo, templates } = sources
  const usersOf = (ref: Ref): readonly Ref[] => sources.usersOf(ref)
  const told = { usersOf, operatorNamespace, runtime, ambientOpenTo, templates }
  return { get, list, touched, selections, unread, unlisted, ...told }
}

function listAll(sources: WorldSources, kind: KindName): Listed {
  const watch = sources.kinds.get(kindKey(kind))
  if (watch === undefined) return sources.listLate(kind)
  const { phase } = watch
  if (watch.isSynced || phase.is === 'absent') return { is: 'listed', resources: watch.listAny() }
  const because = phase.is === 'forbidden' || phase.is === 'failing' ? phase.error.message : 'not yet listed'
  return {
    is: 'denied',
    fault: fault('reference-unreadable', `${kind.plural} cannot be listed: ${because}`),
  }
}

function find(sources: WorldSources, ref: Ref): Looked {
  if (ref.group === '' && ref.kind === 'Secret') return findSecret(sources.secrets, ref)
  const watch = sources.kinds.get(kindKey(ref))
  if (watch === undefined) return sources.openLate(ref)
  const resource = watch.getAny(ref)
  if (resource !== undefined) return { is: 'present', resource }
  return watch.isSynced && watch.phase.is === 'watching' ? { is: 'absent' } : notSeen(ref, watch.phase)
}

/** Nobody can tell whether it exists: that is no reason to say it does not. */
function notSeen(ref: Ref, phase: ReflectorPhase): Looked {
  switch (phase.is) {
    case 'absent':
    case 'stopped':
      return { is: 'absent' }
    case 'forbidden':
      return unreadable(`${phase.error.message} (apply the output of "everpull rbac")`, ref)
    case 'failing':
      return unreadable(phase.error.message, ref)
    case 'listing':
    case 'watching':
      return unreadable('they are still being listed', ref)
  }
}

const unreadable = (because: string, ref: Ref): Looked => ({
  is: 'denied',
  fault: fault('reference-unreadable', `${ref.kind} ${ref.name} cannot be read: ${because}`),
})

function findSecret(secrets: SecretIndex, ref: Ref): Looked {
  const seen = secrets.see(ref)
  if (seen === 'unknown') return { is: 'unread' }
  return seen === 'absent' ? { is: 'absent' } : { is: 'present', resource: bare(ref, seen) }
}

/** A Secret as translations see it: that it exists, and which incarnation. */
export const bare = (
  ref: Ref,
  known: { readonly uid: string; readonly resourceVersion: string },
): Resource => ({ ...bareResource(ref, 'v1'), uid: known.uid, resourceVersion: known.resourceVersion })
