// This file is about patterns in which `*` stands for any characters and `?` for one.

/** Whether the whole text matches; in time proportional to both, whatever the pattern. */
export function isMatch(pattern: string, text: string): boolean {
  let at = 0
  let next = 0
  let star = -1
  let resumeAt = 0
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next
      resumeAt = at
      next += 1
    } else if (pattern[next] === '?' || (next < pattern.length && pattern[next] === text[at])) {
      next += 1
      at += 1
    } else if (star >= 0) {
      // The last star takes one character more; what came before it matches already.
      next = star + 1
      resumeAt += 1
      at = resumeAt
    } else return false
  }
  return /^\**$/.test(pattern.slice(next))
}

/** A test for names: true where one of the patterns matches. */
export function nameTest(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)))
  const open = patterns.filter((pattern) => !exact.has(pattern))
  return (name) => exact.has(name) || open.some((pattern) => isMatch(pattern, name))
}

/** As IAM compares ARNs: part by part, so that no wildcard reaches over a colon into the next. */
export function isArnMatched(pattern: string, arn: string): boolean {
  const [patterns, parts] = [pattern.split(':'), arn.split(':')]
  return patterns.length === parts.length && patterns.every((one, i) => isMatch(one, parts[i] ?? ''))
}
