// This file is about a CI snippet as printed: the rule that lets it in, and the steps of its system.
import { argo } from './argo.ts'
import { accountIn, ISSUER } from './cluster-pods.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import { jenkins } from './jenkins.ts'
import { indented, quoted } from './login-script.ts'
import type { CiAccessEntry, CiSystem, SnippetAsked, SystemSteps } from './snippet.ts'
import { tekton } from './tekton.ts'

const SYSTEMS: readonly SystemSteps[] = [github, gitlab, jenkins, tekton, argo]

export function stepsFor(system: CiSystem): SystemSteps {
  const found = SYSTEMS.find((one) => one.system === system)
  if (found === undefined) throw new TypeError(`no steps for ${system}`)
  return found
}

/** The rule as it stands under `ciAccess`. */
export const ruleYaml = (rule: CiAccessEntry): string =>
  `- issuer: ${quoted(rule.issuer)}
  audience: ${quoted(rule.audience)}
  subject: ${quoted(rule.subject)}
  access: ${rule.access}${rule.reuse === true ? '\n  reuse: true' : ''}
`

/** A file that works as it is: what goes elsewhere stands in its first comment. */
export function ciSnippet(system: CiSystem, asked: SnippetAsked): string {
  const { title, comment, steps } = stepsFor(system)
  const head = `${title}: log in to Amazon ECR by the integration ${asked.integration}, with no AWS credential and no secret in CI.

The integration has to let these jobs in; it lets in nobody it has no rule for. Add to its manifest:

spec:
  ciAccess:
${indented(ruleYaml(asked.rule), 4)}${sharing(asked.rule)}
The login opens whatever the integration may open in its region${asked.rule.access === 'pull' ? ', for pulling' : ''}, for twelve hours at most.
`
  const lines = head.trimEnd().split('\n')
  return `${lines.map((line) => (line === '' ? comment : `${comment} ${line}`)).join('\n')}\n${steps(asked)}`
}

/** Service accounts of the operator's own cluster count as users of the integration like any other. */
function sharing({ issuer, subject }: CiAccessEntry): string {
  if (issuer !== ISSUER) return ''
  const namespace = accountIn(subject)?.namespace ?? 'the namespace of the account'
  return `\nIts spec.sharing has to name the namespace too: ${namespace}.\n`
}

/** Whether parts of a subject are still to be replaced. */
export const isUnfinished = (subject: string): boolean => /<[A-Z-]+>/.test(subject)
