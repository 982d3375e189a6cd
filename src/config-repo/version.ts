// This file is about semantic versions, and which of two is the later one.

export interface Version {
  readonly numbers: readonly [number, number, number]
  /** Empty: a release, which is later than all that lead to it. */
  readonly prerelease: readonly string[]
}

const VERSION =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/

/** As semver.org has it, with or without a v before it; what it was built from does not count. */
export function parseVersion(text: string): Version | undefined {
  const parts = VERSION.exec(text)
  if (parts === null) return undefined
  const [, major, minor, patch, prerelease] = parts
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease?.split('.') ?? [],
  }
}

/** Negative where `a` comes before `b`. */
export function compareVersions(a: Version, b: Version): number {
  for (const i of [0, 1, 2] as const) {
    const difference = a.numbers[i] - b.numbers[i]
    if (difference !== 0) return difference
  }
  return comparePrereleases(a.prerelease, b.prerelease)
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareParts(a[i] ?? '', b[i] ?? '')
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Numbers come before words, and are compared as numbers. */
function compareParts(a: string, b: string): number {
  const [isNumberA, isNumberB] = [a, b].map((part) => /^\d+$/.test(part))
  if (isNumberA === true && isNumberB === true) return Number(a) - Number(b)
  if (isNumberA !== isNumberB) return isNumberA === true ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
