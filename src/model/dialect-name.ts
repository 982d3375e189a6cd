// This file is about the names of the dialects: one spelling in settings, logs, metrics and generated files.

export const DIALECT_NAMES = ['everpull', 'external-secrets', 'mobb', 'argocd'] as const
export type DialectName = (typeof DIALECT_NAMES)[number]
