// This file is about what an identity's source comes to once the Secrets it names are read: something AWS can be asked with.
import { createHash } from 'node:crypto'
import type { SecretText } from '../../base/secret-text.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Endpoints } from '../../aws/endpoints.ts'
import type { CredentialSource, RoleStep } from '../../model/identity.ts'
import { hours } from '../../base/duration.ts'

export interface Keys {
  readonly is: 'keys'
  readonly accessKeyId: SecretText
  readonly secretAccessKey: SecretText
  readonly sessionToken?: SecretText
}

/** A token in a file of the operator's own, exchanged for a role. */
export interface TokenFile {
  readonly is: 'token-file'
  readonly roleArn: string
  readonly path: string
  readonly sessionName: string
  /** Who named the file: "Secret ns/n". */
  readonly namedBy: string
}

export type Material =
  | { readonly is: 'ambient'; readonly fingerprint: string }
  | Keys
  | TokenFile
  | Extract<CredentialSource, { is: 'service-account' }>

/** What AWS's audit trail shows for sessions nobody named. */
export const SESSION_NAME = 'everpull'
/** AWS's own default, and the most a role assumed by a role may have. */
export const SESSION_LIFE = hours(1)

/** Every member that decides who AWS sees: values, not the names they were stored under, so that equal keys share logins. */
function decisive(material: Material): unknown {
  switch (material.is) {
    case 'ambient':
      return ['ambient', material.fingerprint]
    case 'keys':
      return [
        'keys',
        material.accessKeyId.reveal(),
        material.secretAccessKey.reveal(),
        material.sessionToken?.reveal() ?? null,
      ]
    case 'token-file':
      return ['token-file', material.roleArn, material.path, material.sessionName]
    case 'service-account': {
      const { namespace, name, uid, audiences, roleArn, sessionName, duration, policy } = material
      const session = [duration ?? SESSION_LIFE, policy ?? null]
      return ['service-account', namespace, name, uid, audiences, roleArn, sessionName, ...session]
    }
  }
}

const decisiveStep = (step: RoleStep): unknown => [
  step.roleArn,
  step.externalId ?? null,
  step.sessionName ?? SESSION_NAME,
  step.duration ?? SESSION_LIFE,
  step.policy ?? null,
  { ...step.tags },
]

/** SHA-256 over every authentication input; resists guessing, as it covers secret values. */
export const digestOf = (material: Material, roles: readonly RoleStep[], endpoints: Endpoints): string =>
  createHash('sha256')
    .update(canonicalJson([decisive(material), roles.map(decisiveStep), { ...endpoints }]))
    .digest('hex')
