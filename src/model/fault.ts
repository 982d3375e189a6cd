// This file is about what can go wrong: one closed table that decides how each failure is named, retried and told.
import type { Ref } from './ref.ts'

/**
 * `backoff`: soon, then ever later. `slowly`: somebody outside the cluster must act, so at most once a minute.
 * `on-change`: only a change of what was read can help; every few minutes all the same, for what no watch shows, unless
 * the object itself is wrong.
 */
export type Retry = 'backoff' | 'slowly' | 'on-change'

interface FaultKind {
  /** Condition reason, event reason, metric label and docs anchor of our own kinds. */
  readonly reason: string
  readonly retry: Retry
  /** Only a failure to obtain a login keeps an object ready while the login it wrote still lives. */
  readonly obtaining: boolean
  /** Nobody did it and nobody can mend it: no event, and no warning in the log. */
  readonly quiet: boolean
}

const kind = (reason: string, retry: Retry, obtaining = false, quiet = false): FaultKind => ({
  reason,
  retry,
  obtaining,
  quiet,
})

export const FAULTS = {
  'spec-invalid': kind('SpecInvalid', 'on-change'),
  'field-unsupported': kind('FieldUnsupported', 'on-change'),
  'template-invalid': kind('TemplateInvalid', 'on-change'),
  'template-failed': kind('TemplateFailed', 'on-change'),
  'template-missing': kind('TemplateMissing', 'slowly'),
  'output-invalid': kind('OutputInvalid', 'on-change'),
  'reference-missing': kind('ReferenceMissing', 'on-change', true),
  'reference-invalid': kind('ReferenceInvalid', 'on-change', true),
  'reference-unreadable': kind('ReferenceUnreadable', 'slowly', true),
  'credential-missing': kind('CredentialMissing', 'on-change', true),
  'credential-unreadable': kind('CredentialUnreadable', 'backoff', true),
  'credential-malformed': kind('CredentialMalformed', 'on-change', true),
  'service-account-unusable': kind('ServiceAccountUnusable', 'on-change', true),
  'integration-refused': kind('IntegrationRefused', 'on-change', true),
  suspended: kind('Suspended', 'on-change', true, true),
  'in-use': kind('InUse', 'slowly'),
  'ambient-denied': kind('AmbientCredentialsDenied', 'on-change', true),
  'service-account-denied': kind('ServiceAccountIdentityDenied', 'slowly', true),
  'aws-denied': kind('AccessDenied', 'slowly', true),
  'aws-unrecognised': kind('CredentialRefused', 'slowly', true),
  'aws-no-credentials': kind('NoCredentials', 'slowly', true),
  'aws-region': kind('RegionInvalid', 'slowly', true),
  'aws-rejected': kind('RequestRejected', 'slowly', true),
  'aws-throttled': kind('Throttled', 'backoff', true),
  'aws-unavailable': kind('AwsUnavailable', 'backoff', true),
  'aws-unexpected': kind('UnexpectedAnswer', 'backoff', true),
  'target-owned': kind('TargetOwned', 'on-change'),
  'target-foreign': kind('TargetForeign', 'on-change'),
  'target-immutable': kind('TargetImmutable', 'on-change'),
  'target-type': kind('TargetTypeMismatch', 'on-change'),
  'target-forbidden': kind('TargetForbidden', 'on-change'),
  'account-unlinked': kind('ServiceAccountNotLinked', 'backoff'),
  'kube-forbidden': kind('KubernetesForbidden', 'slowly'),
  'kube-rejected': kind('KubernetesRejected', 'slowly'),
  'kube-conflict': kind('KubernetesConflict', 'backoff'),
  'namespace-terminating': kind('NamespaceTerminating', 'slowly', false, true),
  'order-leaving': kind('OrderLeaving', 'backoff', false, true),
  'kind-unknown': kind('KindUnknown', 'backoff', false, true),
  'kube-unavailable': kind('KubernetesUnavailable', 'backoff'),
  'not-leading': kind('NotLeading', 'backoff'),
  internal: kind('InternalError', 'backoff'),
} as const satisfies Record<string, FaultKind>

export type FaultCode = keyof typeof FAULTS

export interface Fault {
  readonly is: 'fault'
  readonly code: FaultCode
  /** For a user: what happened, where, what to do. Stable across retries: no request ids, no moving times. Never a secret value. */
  readonly message: string
  /** The place in the orderer's spec, where there is one. */
  readonly at?: string
  /** What the orderer's API calls the step that failed, where it has a text for it. */
  readonly step?: string
  /** The object that stands in the way, where one does. */
  readonly owner?: Ref
}

export const fault = (code: FaultCode, message: string, at?: string): Fault =>
  at === undefined ? { is: 'fault', code, message } : { is: 'fault', code, message, at }
