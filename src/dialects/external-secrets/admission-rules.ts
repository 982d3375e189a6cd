// This file is about the rules between fields that the API server checks itself, and the texts of all.
//
// Not among them, and told by a condition alone: keys given twice (more work than the server allows for lists without
// a maximum), a template's odd target (its text quotes the value, which costs too much), and an object without any
// source (its spec may be missing whole, and no rule runs on what is missing).
import type { z } from 'zod'

export const SERVICE_ACCOUNT_TOKEN = 'kubernetes.io/service-account-token'
export const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name'
export const BOOTSTRAP_TOKEN = 'bootstrap.kubernetes.io/token'

/** The texts of the upstream validating webhook. */
export const TEXTS = {
  deletesOthers:
    "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner",
  mergesIntoNothing:
    'deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with',
  noSource: 'either data or dataFrom should be specified',
  tokenAnnotated: `template.type="${SERVICE_ACCOUNT_TOKEN}" with annotation "${SERVICE_ACCOUNT_NAME}" is not allowed`,
  tokenAnnotatedLater: `template.type="${SERVICE_ACCOUNT_TOKEN}" with templateFrom target="Annotations" is not allowed`,
  bootstrapToken: `template.type="${BOOTSTRAP_TOKEN}" is not allowed`,
  manySources: 'extract, find, or generatorRef cannot be set at the same time',
  emptyEntry: 'either extract, find, or sourceRef must be set to dataFrom',
  emptySourceRef: 'generatorRef or storeRef must be set when using sourceRef in dataFrom',
} as const

export const elsewhereText = (target: string): string =>
  `templateFrom target="${target}" is not allowed when targeting a Secret, must be one of "Data", "Annotations" or "Labels"`

export const duplicateText = (secretKey: string): string => `duplicate secretKey found: ${secretKey}`

/** As `x-kubernetes-validations` wants it. */
interface Rule {
  readonly rule: string
  readonly message: string
}

export const TARGET_RULES: readonly Rule[] = [
  {
    rule: "self.deletionPolicy != 'Delete' || !(self.creationPolicy in ['Merge', 'None', 'CreateOrMerge'])",
    message: TEXTS.deletesOthers,
  },
  {
    rule: "self.deletionPolicy != 'Merge' || self.creationPolicy != 'None'",
    message: TEXTS.mergesIntoNothing,
  },
]

const IS_TOKEN = `has(self.type) && self.type == '${SERVICE_ACCOUNT_TOKEN}'`

export const TEMPLATE_RULES: readonly Rule[] = [
  {
    rule: `!(${IS_TOKEN}) || !has(self.metadata) || !has(self.metadata.annotations) || !('${SERVICE_ACCOUNT_NAME}' in self.metadata.annotations)`,
    message: TEXTS.tokenAnnotated,
  },
  {
    rule: `!(${IS_TOKEN}) || !has(self.templateFrom) || self.templateFrom.all(t, t.target.lowerAscii() != 'annotations')`,
    message: TEXTS.tokenAnnotatedLater,
  },
  { rule: `!has(self.type) || self.type != '${BOOTSTRAP_TOKEN}'`, message: TEXTS.bootstrapToken },
]

const GENERATES = 'has(self.sourceRef) && has(self.sourceRef.generatorRef)'

export const ENTRY_RULES: readonly Rule[] = [
  {
    rule: `!(has(self.extract) && has(self.find)) && !((has(self.extract) || has(self.find)) && ${GENERATES})`,
    message: TEXTS.manySources,
  },
  { rule: 'has(self.extract) || has(self.find) || has(self.sourceRef)', message: TEXTS.emptyEntry },
  {
    rule: '!has(self.sourceRef) || has(self.sourceRef.generatorRef) || has(self.sourceRef.storeRef)',
    message: TEXTS.emptySourceRef,
  },
]

/**
 * Upstream's webhook looks at ExternalSecrets alone: the spec inside a ClusterExternalSecret goes `unchecked`, and the
 * ExternalSecrets made of it are refused instead.
 */
export type Checking = 'checked' | 'unchecked'

export const withRules = <T extends z.ZodType>(schema: T, rules: readonly Rule[], checking: Checking): T =>
  checking === 'checked' ? schema.meta({ 'x-kubernetes-validations': rules }) : schema
