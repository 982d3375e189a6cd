// This file is about who may fetch a login from outside by the name of an integration: the rules an integration carries.

/** One entry of `spec.ciAccess`. No rule means nobody. */
export interface CiRule {
  /** The `iss` of the token, exactly; or `kubernetes`. */
  readonly issuer: string
  /** One of the token's `aud`, exactly. */
  readonly audience: string
  /** The whole `sub`; `*` stands for any run of characters that crosses neither `/` nor `:`. */
  readonly subject: string
  readonly access: Access
  /** A token may be shown more than once. */
  readonly reuse: boolean
}

export type Access = 'pull' | 'push'

/** The rule that gives the most, and among those one that lets a token be shown again. */
export function bestOf(rules: readonly CiRule[]): CiRule | undefined {
  const [best] = rules.toSorted((a, b) => worthOf(b) - worthOf(a))
  return best
}

const worthOf = ({ access, reuse }: CiRule): number => (access === 'push' ? 2 : 0) + (reuse ? 1 : 0)

/** In time proportional to both texts, whatever the pattern. */
export function isSubjectMatched(pattern: string, subject: string): boolean {
  const [patterns, parts] = [pattern.split(BOUNDARY), subject.split(BOUNDARY)]
  return patterns.length === parts.length && patterns.every((one, i) => isPartMatched(one, parts[i] ?? ''))
}

/** With a group the boundaries are kept as parts of their own, which match themselves alone. */
const BOUNDARY = /([/:])/

function isPartMatched(pattern: string, part: string): boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return part === pattern
  if (!part.startsWith(head) || part.length < head.length + tail.length || !part.endsWith(tail)) return false
  const end = part.length - tail.length
  let at = head.length
  for (const text of rest) {
    const found = part.indexOf(text, at)
    if (found < 0 || found + text.length > end) return false
    at = found + text.length
  }
  return true
}
