// This file is about how far the generators of this dialect go: every field of them, and what becomes of it.
import type { Coverage } from '../coverage.ts'

const honoured = (path: string): Coverage => ({ path, standing: 'honoured' })
const ignored = (path: string, note: string): Coverage => ({ path, standing: 'ignored', note })
const refused = (path: string, note: string): Coverage => ({ path, standing: 'refused', note })

const OWN_NAMESPACE = 'it is read in the namespace of the ExternalSecret'
export const NO_JWT = 'jwt auth cannot be used for STS Session Token generation'
export const NO_ROLE = 'AWS gives a session token to the long-lived keys of a user only, never to a role'

const ACCESS_KEY: readonly Coverage[] = [
  'accessKeyIDSecretRef',
  'secretAccessKeySecretRef',
  'sessionTokenSecretRef',
].flatMap((ref) => [
  honoured(`spec.auth.secretRef.${ref}.name`),
  honoured(`spec.auth.secretRef.${ref}.key`),
  ignored(`spec.auth.secretRef.${ref}.namespace`, OWN_NAMESPACE),
])

export const ECR_AUTHORIZATION_TOKEN_COVERAGE: readonly Coverage[] = [
  honoured('spec.region'),
  honoured('spec.role'),
  honoured('spec.scope'),
  ...ACCESS_KEY,
  honoured('spec.auth.jwt.serviceAccountRef.name'),
  honoured('spec.auth.jwt.serviceAccountRef.audiences'),
  ignored('spec.auth.jwt.serviceAccountRef.namespace', OWN_NAMESPACE),
]

export const STS_SESSION_TOKEN_COVERAGE: readonly Coverage[] = [
  honoured('spec.region'),
  refused('spec.role', NO_ROLE),
  ...ACCESS_KEY,
  refused('spec.auth.jwt', NO_JWT),
  honoured('spec.requestParameters.sessionDuration'),
  honoured('spec.requestParameters.serialNumber'),
  honoured('spec.requestParameters.tokenCode'),
]

const wrapped = (property: string, rows: readonly Coverage[]): readonly Coverage[] =>
  rows.map((row) => ({ ...row, path: row.path.replace('spec', `spec.generator.${property}`) }))

export const CLUSTER_GENERATOR_COVERAGE: readonly Coverage[] = [
  { ...honoured('spec.kind'), only: ['ECRAuthorizationToken', 'STSSessionToken'] },
  ...wrapped('ecrAuthorizationTokenSpec', ECR_AUTHORIZATION_TOKEN_COVERAGE),
  ...wrapped('stsSessionTokenSpec', STS_SESSION_TOKEN_COVERAGE),
]
