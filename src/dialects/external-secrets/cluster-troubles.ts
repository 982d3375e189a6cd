// This file is about what a ClusterExternalSecret says of namespaces that failed, in a size that etcd takes however many they are.
import type { ChildAnswer } from '../../model/child.ts'

/** Upstream's words. */
const TAKEN = 'external secret already exists in namespace'
/** The condition's message names so many causes, and so many namespaces of each; the list has all of them. */
const NAMED = 3
/** Others write what ExternalSecrets say. */
const LONGEST_REASON = 1000
/** etcd takes 1.5 MB an object, and the names of thousands of namespaces need their part. */
const MOST_REASONS = 256 << 10

export interface Trouble {
  readonly namespace: string
  readonly reason: string
  /** Said where there is no room for the reason. */
  readonly gist: string
}

/** Sorted, one a namespace. */
export function troublesIn(children: readonly ChildAnswer[]): readonly Trouble[] {
  const troubles = children.flatMap((answer) => {
    const trouble = troubleOf(answer)
    return trouble === undefined ? [] : [trouble]
  })
  return [...Map.groupBy(troubles, ({ namespace }) => namespace)]
    .map(([namespace, all]) => ({
      namespace,
      reason: cut(all.map(({ reason }) => reason).join('; ')),
      gist: [...new Set(all.map(({ gist }) => gist))].join('; '),
    }))
    .toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1))
}

function troubleOf(answer: ChildAnswer): Trouble | undefined {
  const { namespace } = answer.child
  switch (answer.is) {
    case 'taken':
      return { namespace, reason: TAKEN, gist: TAKEN }
    case 'failed':
      return { namespace, reason: answer.fault.message, gist: 'external secret could not be kept' }
    case 'standing': {
      const { readiness } = answer
      if (readiness.is !== 'unready') return undefined
      const gist = 'external secret is not ready'
      return { namespace, reason: `${gist}: ${readiness.message}`, gist }
    }
    case 'homeless':
      return undefined
  }
}

/** All of them; the first as many as there is room for say why. */
export function failedNamespaces(
  troubles: readonly Trouble[],
): readonly { readonly namespace: string; readonly reason: string }[] {
  let room = MOST_REASONS
  return troubles.map(({ namespace, reason, gist }) => {
    room -= Buffer.byteLength(reason)
    return { namespace, reason: room >= 0 ? reason : gist }
  })
}

/** In few words: what differs by nothing but the namespace is one cause. */
export function causes(troubles: readonly Trouble[]): string {
  const byCause = [...Map.groupBy(troubles, anywhere)]
  const told = byCause.slice(0, NAMED).map(([cause, all]) => {
    const [only] = all.length === 1 ? all : []
    return `${names(all.map(({ namespace }) => namespace))}: ${only?.reason ?? cause}`
  })
  return [...told, ...(byCause.length > NAMED ? ['…'] : [])].join('; ')
}

/** The reason without the namespace: a word that is its name, not a part of a longer one. */
const anywhere = ({ namespace, reason }: Trouble): string =>
  reason.includes(namespace)
    ? reason.replaceAll(new RegExp(`(?<![\\w-])${namespace}(?![\\w-])`, 'g'), '<namespace>')
    : reason

const names = (all: readonly string[]): string =>
  all.length <= NAMED ? all.join(', ') : `${all.slice(0, NAMED).join(', ')} and ${all.length - NAMED} more`

const cut = (text: string): string =>
  text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1).toWellFormed()}…`
