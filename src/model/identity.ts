// This file is about who asks AWS: where credentials come from and which roles are assumed on top.
import type { Duration } from '../base/duration.ts'
import type { Ref, SecretRef } from './ref.ts'

/** One key of one Secret. */
export interface SecretKeyRef extends SecretRef {
  readonly key: string
}

/** One sts:AssumeRole on top of what came before. */
export interface RoleStep {
  readonly roleArn: string
  readonly externalId?: string
  readonly sessionName?: string
  readonly duration?: Duration
  /** A session policy, JSON text. */
  readonly policy?: string
  /** Session tags; AWS wants sts:TagSession for them. */
  readonly tags?: Readonly<Record<string, string>>
}

export type CredentialSource =
  /** Whatever the operator itself runs as: the SDK's default chain. */
  | { readonly is: 'ambient' }
  /** Static keys, each named on its own, as ESO's secretRef does. */
  | {
      readonly is: 'access-key'
      /** It is no secret: it may be written out. */
      readonly accessKeyId: SecretKeyRef | { readonly text: string }
      readonly secretAccessKey: SecretKeyRef
      readonly sessionToken?: SecretKeyRef
    }
  /** A token of this service account, exchanged by sts:AssumeRoleWithWebIdentity. */
  | {
      readonly is: 'service-account'
      readonly namespace: string
      readonly name: string
      readonly uid: string
      readonly audiences: readonly string[]
      readonly roleArn: string
      readonly sessionName: string
      readonly duration?: Duration
      /** A session policy, JSON text. */
      readonly policy?: string
    }
  /**
   * One Secret holding either `aws_access_key_id` and `aws_secret_access_key`, or an AWS config file under
   * `credentials` (keys, or `role_arn` with `web_identity_token_file`): the shape mobb's users have.
   */
  | { readonly is: 'credentials-secret'; readonly secret: SecretRef }

/** Every authentication input. Two equal identities may share logins; nothing else may. */
export interface Identity {
  readonly source: CredentialSource
  readonly roles: readonly RoleStep[]
  /** The namespace on whose behalf we ask: what `--ambient-credentials` is judged by. Not part of the digest. */
  readonly onBehalfOf: string
  /**
   * The object that lends it: it has said who may use it, so that `--ambient-credentials` says nothing more about it.
   * Not part of the digest.
   */
  readonly through?: Ref
}

/** Reads "AWS user", "role arn:…", "service account ns/name": fit for logs and messages. */
export function identityText(identity: Identity): string {
  const { source, roles } = identity
  const last = roles.at(-1)
  if (last !== undefined) return `role ${last.roleArn}`
  switch (source.is) {
    case 'ambient':
      return "the operator's own AWS identity"
    case 'access-key':
      return `the access key in Secret ${source.secretAccessKey.namespace}/${source.secretAccessKey.name}`
    case 'service-account':
      return `role ${source.roleArn} as service account ${source.namespace}/${source.name}`
    case 'credentials-secret':
      return `the credentials in Secret ${source.secret.namespace}/${source.secret.name}`
  }
}
