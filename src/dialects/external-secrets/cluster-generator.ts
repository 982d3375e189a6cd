// This file is about the ClusterGenerator: the generator it wraps, used as if it stood in its user's namespace.
import type { Resource } from '../../model/resource.ts'
import { refText } from '../../model/ref.ts'
import { NAMESPACED_GENERATORS, type NamespacedGenerator } from './generator-kinds.ts'

export type Unwrapped =
  | {
      readonly is: 'wrapped'
      readonly kind: NamespacedGenerator
      readonly spec: unknown
      /** How messages name what is wrapped. */
      readonly generator: string
    }
  /** In the words of upstream. */
  | { readonly is: 'wrong'; readonly because: string }

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const isKind = (kind: unknown): kind is NamespacedGenerator =>
  NAMESPACED_GENERATORS.some((known) => known === kind)

/** "ECRAuthorizationToken" -> "ecrAuthorizationTokenSpec", "UUID" -> "uuidSpec": the first word in small letters. */
const propertyOf = (kind: string): string =>
  `${kind.replace(/^[A-Z]+(?=[A-Z][a-z]|$)|^[A-Z]/, (first) => first.toLowerCase())}Spec`

export function unwrap({ ref, spec }: Resource): Unwrapped {
  const { kind, generator } = isObject(spec) ? spec : {}
  if (!isKind(kind)) {
    const hint = kind === 'ClusterGenerator' ? ' (it cannot wrap another one)' : ''
    return { is: 'wrong', because: `ClusterGenerator has unknown kind ${wordOf(kind)}${hint}` }
  }
  const wrapped = isObject(generator) ? generator[propertyOf(kind)] : undefined
  if (!isObject(wrapped)) {
    return {
      is: 'wrong',
      because: `invalid ClusterGenerator: when kind is ${kind}, ${kind}Spec must be set`,
    }
  }
  return { is: 'wrapped', kind, spec: wrapped, generator: `the ${kind} in ${refText(ref)}` }
}

const wordOf = (kind: unknown): string => (typeof kind === 'string' ? kind : '""')
