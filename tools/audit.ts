// This file is about `make audit`: what the registry knows against the packages that are installed with everpull.
//
// A registry that does not answer has not said that all is well: then this fails, and says so.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const LIMIT_MS = 180_000

export interface Finding {
  readonly name: string
  readonly severity: string
}

export type Verdict =
  | { readonly is: 'clean'; readonly said: string }
  | { readonly is: 'found'; readonly findings: readonly Finding[] }
  | { readonly is: 'unanswered'; readonly because: string }

interface Told {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity?: string }>>
  readonly metadata?: { readonly dependencies?: { readonly prod?: number } }
  readonly error?: { readonly summary?: string }
  readonly message?: string
  readonly invalid?: readonly { readonly name: string }[]
  readonly missing?: readonly { readonly name: string }[]
}

/** What `npm audit --json` has said. */
export function advisories(out: string): Verdict {
  const told = parsed(out)
  if (told?.vulnerabilities === undefined || told.metadata === undefined) return unanswered(told)
  const findings = Object.entries(told.vulnerabilities).map(([name, { severity = 'unknown' }]) => ({
    name,
    severity,
  }))
  return findings.length === 0
    ? {
        is: 'clean',
        said: `no advisory is about any of ${told.metadata.dependencies?.prod ?? 'the'} packages`,
      }
    : { is: 'found', findings }
}

/** What `npm audit signatures --json` has said. */
export function signatures(out: string): Verdict {
  const told = parsed(out)
  if (told?.invalid === undefined || told.missing === undefined) return unanswered(told)
  const findings = [
    ...told.invalid.map(({ name }) => ({ name, severity: 'its signature is wrong' })),
    ...told.missing.map(({ name }) => ({ name, severity: 'it is not signed' })),
  ]
  return findings.length === 0
    ? { is: 'clean', said: 'every package is signed by the registry' }
    : { is: 'found', findings }
}

function parsed(out: string): Told | undefined {
  try {
    return JSON.parse(out) as Told
  } catch {
    return undefined
  }
}

const unanswered = (told: Told | undefined): Verdict => ({
  is: 'unanswered',
  because: told?.message ?? told?.error?.summary ?? 'it said nothing in time',
})

if (import.meta.main) {
  for (const [what, args, judge] of [
    ['advisories', ['audit', '--omit=dev', '--json'], advisories],
    ['signatures', ['audit', 'signatures', '--omit=dev', '--json'], signatures],
  ] as const) {
    const { stdout } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', timeout: LIMIT_MS })
    if (!tell(what, judge(stdout))) process.exitCode = 1
  }
}

function tell(what: string, verdict: Verdict): boolean {
  switch (verdict.is) {
    case 'clean':
      console.log(`${what}: ${verdict.said}`)
      return true
    case 'found':
      for (const { name, severity } of verdict.findings) console.error(`${what}: ${name}: ${severity}`)
      return false
    case 'unanswered':
      console.error(`${what}: not known, as the registry in use does not answer: ${verdict.because}`)
      return false
  }
}
