// This file is about `make audit`: what the registry knows against the packages that are installed with everpull.
//
// A registry that does not answer has not said that all is well: then this fails too, with a code of its own.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
/** For each of two questions; a registry that is there answers in seconds. */
const LIMIT_MS = 60_000

/** Of the process: 1 is also what anything unforeseen ends with. */
const FOUND = 1
const UNANSWERED = 3

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

/** Of the process: what was found outweighs what is not known. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.some(({ is }) => is === 'found')) return FOUND
  return verdicts.some(({ is }) => is === 'unanswered') ? UNANSWERED : 0
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
  const questions = [
    ['advisories', ['audit', '--omit=dev', '--json'], advisories],
    ['signatures', ['audit', 'signatures', '--omit=dev', '--json'], signatures],
  ] as const
  const verdicts = questions.map(([what, args, judge]) => {
    const { stdout } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', timeout: LIMIT_MS })
    const verdict = judge(stdout)
    tell(what, verdict)
    return verdict
  })
  process.exitCode = exitCodeOf(verdicts)
}

function tell(what: string, verdict: Verdict): void {
  switch (verdict.is) {
    case 'clean':
      console.log(`${what}: ${verdict.said}`)
      break
    case 'found':
      for (const { name, severity } of verdict.findings) console.error(`${what}: ${name}: ${severity}`)
      break
    case 'unanswered':
      console.error(`${what}: not known, as the registry in use does not answer: ${verdict.because}`)
      break
  }
}
