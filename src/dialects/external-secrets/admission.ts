// This file is about the rules between fields, which external-secrets checks when an object is admitted.
import { parseDuration } from '../../base/duration.ts'
import {
  BOOTSTRAP_TOKEN,
  duplicateText,
  elsewhereText,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNT_TOKEN,
  TEXTS,
} from './admission-rules.ts'
import type { Problem } from './problem.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { windowProblems } from './sync-windows.ts'

type Target = ExternalSecretSpec['target']
type Entry = NonNullable<ExternalSecretSpec['dataFrom']>[number]

const OWNS_NOTHING: ReadonlySet<Target['creationPolicy']> = new Set(['Merge', 'None', 'CreateOrMerge'])

function deletionProblems({ target }: ExternalSecretSpec): readonly Problem[] {
  const at = 'spec.target.deletionPolicy'
  const { creationPolicy, deletionPolicy } = target
  if (deletionPolicy === 'Delete' && OWNS_NOTHING.has(creationPolicy)) {
    return [{ at, message: TEXTS.deletesOthers }]
  }
  if (deletionPolicy !== 'Merge' || creationPolicy !== 'None') return []
  return [{ at, message: TEXTS.mergesIntoNothing }]
}

function sourceProblems({ data = [], dataFrom = [] }: ExternalSecretSpec): readonly Problem[] {
  return data.length > 0 || dataFrom.length > 0 ? [] : [{ at: 'spec', message: TEXTS.noSource }]
}

function typeText({
  type,
  metadata,
  templateFrom = [],
}: NonNullable<Target['template']>): string | undefined {
  if (type === BOOTSTRAP_TOKEN) return TEXTS.bootstrapToken
  if (type !== SERVICE_ACCOUNT_TOKEN) return undefined
  if (metadata?.annotations?.[SERVICE_ACCOUNT_NAME] !== undefined) return TEXTS.tokenAnnotated
  const annotates = templateFrom.some(({ target }) => target.toLowerCase() === 'annotations')
  return annotates ? TEXTS.tokenAnnotatedLater : undefined
}

function typeProblems({ target: { template } }: ExternalSecretSpec): readonly Problem[] {
  const message = template === undefined ? undefined : typeText(template)
  return message === undefined ? [] : [{ at: 'spec.target.template.type', message }]
}

/** Where a template may write into a Secret, however spelled; nothing means Data. */
const TEMPLATE_TARGETS: ReadonlySet<string> = new Set(['', 'data', 'annotations', 'labels'])

const writesSecret = ({ manifest }: Target): boolean =>
  manifest === undefined || (manifest.apiVersion === 'v1' && manifest.kind === 'Secret')

function templateFromProblems({ target }: ExternalSecretSpec): readonly Problem[] {
  if (!writesSecret(target)) return []
  return (target.template?.templateFrom ?? []).flatMap((from, i) => {
    if (TEMPLATE_TARGETS.has(from.target.toLowerCase())) return []
    return [{ at: `spec.target.template.templateFrom[${i}].target`, message: elsewhereText(from.target) }]
  })
}

function entryTexts({ extract, find, sourceRef }: Entry): readonly string[] {
  const given = [extract, find, sourceRef?.generatorRef].filter((source) => source !== undefined)
  if (given.length > 1) return [TEXTS.manySources]
  if (given.length === 1) return []
  if (sourceRef === undefined) return [TEXTS.emptyEntry]
  return sourceRef.storeRef === undefined ? [TEXTS.emptySourceRef] : []
}

const entryProblems = ({ dataFrom = [] }: ExternalSecretSpec): readonly Problem[] =>
  dataFrom.flatMap((entry, i) => entryTexts(entry).map((message) => ({ at: `spec.dataFrom[${i}]`, message })))

function duplicateProblems({ data = [], target }: ExternalSecretSpec): readonly Problem[] {
  if (target.deletionPolicy !== 'Retain') return []
  const seen = new Set<string>()
  return data.flatMap(({ secretKey }, i) => {
    const isNew = !seen.has(secretKey)
    seen.add(secretKey)
    return isNew ? [] : [{ at: `spec.data[${i}].secretKey`, message: duplicateText(secretKey) }]
  })
}

function intervalProblems({ refreshInterval }: ExternalSecretSpec): readonly Problem[] {
  const at = 'spec.refreshInterval'
  if (parseDuration(refreshInterval) !== undefined) return []
  const message = `${at}: "${refreshInterval}" is no duration: write it as "12h", "1h30m" or "90s"`
  return [{ at, message }]
}

const RULES = [
  deletionProblems,
  sourceProblems,
  typeProblems,
  templateFromProblems,
  entryProblems,
  duplicateProblems,
  intervalProblems,
  windowProblems,
]

/**
 * The rules of the upstream validating webhook in its words and order; and the interval, read here. All of them, though
 * our definitions have most checked by the API server: an object may have come in through others.
 */
export const admissionProblems = (spec: ExternalSecretSpec): readonly Problem[] =>
  RULES.flatMap((rule) => rule(spec))
