// This file is about the rules between fields, which external-secrets checks when an object is admitted.
import { parseDuration } from '../../base/duration.ts'
import type { Problem } from './problem.ts'
import type { ExternalSecretSpec } from './schema.ts'

type Entry = NonNullable<ExternalSecretSpec['dataFrom']>[number]

const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token'
const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name'
const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token'

function deletionProblems({ target }: ExternalSecretSpec): readonly Problem[] {
  const at = 'spec.target.deletionPolicy'
  const { creationPolicy, deletionPolicy } = target
  const ownsNothing = ['Merge', 'None', 'CreateOrMerge'].includes(creationPolicy)
  if (deletionPolicy === 'Delete' && ownsNothing) {
    return [
      {
        at,
        message:
          "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner",
      },
    ]
  }
  if (deletionPolicy !== 'Merge' || creationPolicy !== 'None') return []
  return [
    {
      at,
      message:
        'deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with',
    },
  ]
}

function typeProblems({ target }: ExternalSecretSpec): readonly Problem[] {
  const at = 'spec.target.template.type'
  const { type, metadata } = target.template ?? {}
  if (type === BOOTSTRAP_TOKEN) return [{ at, message: `template.type="${type}" is not allowed` }]
  if (type !== SERVICE_ACCOUNT_TOKEN || metadata?.annotations?.[SERVICE_ACCOUNT_NAME] === undefined) return []
  return [{ at, message: `template.type="${type}" with annotation "${SERVICE_ACCOUNT_NAME}" is not allowed` }]
}

function entryProblem({ extract, find, sourceRef }: Entry): string | undefined {
  const given = [extract, find, sourceRef?.generatorRef].filter((source) => source !== undefined)
  if (given.length > 1) return 'extract, find, or generatorRef cannot be set at the same time'
  if (given.length === 1) return undefined
  return sourceRef === undefined ? 'either extract, find, or sourceRef must be set to dataFrom' : undefined
}

function sourceProblems({ data = [], dataFrom = [] }: ExternalSecretSpec): readonly Problem[] {
  if (data.length === 0 && dataFrom.length === 0) {
    return [{ at: 'spec', message: 'either data or dataFrom should be specified' }]
  }
  return dataFrom.flatMap((entry, i) => {
    const message = entryProblem(entry)
    return message === undefined ? [] : [{ at: `spec.dataFrom[${i}]`, message }]
  })
}

function intervalProblems({ refreshInterval }: ExternalSecretSpec): readonly Problem[] {
  const at = 'spec.refreshInterval'
  if (parseDuration(refreshInterval) !== undefined) return []
  const message = `${at}: "${refreshInterval}" is no duration: write it as "12h", "1h30m" or "90s"`
  return [{ at, message }]
}

/** The rules of the upstream validating webhook in its words, as it may not be installed; and the interval, read here. */
export const admissionProblems = (spec: ExternalSecretSpec): readonly Problem[] =>
  [deletionProblems, sourceProblems, typeProblems, intervalProblems].flatMap((rule) => rule(spec))
