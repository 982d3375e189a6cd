// This file is about names that the tenants' stage and the attempts made on it share.

export const ACCOUNT_ID = '123456789012'
export const HOST = `${ACCOUNT_ID}.dkr.ecr.us-west-1.amazonaws.com`
export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`
export const userArn = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:user/${name}`

/** What the trust policy of `alice-role` asks for. */
export const ALICES_EXTERNAL_ID = 'alices-external-id'
/** What the integration `jump` assumes roles with. */
export const JUMP_EXTERNAL_ID = 'jumps-external-id'

/** Values that Kubernetes keeps for alice. */
export const CANARIES = ['canary-in-a-secret-of-alice-8f1c', 'canary-in-a-config-map-of-alice-77ab'] as const

/** What the operator may be started with, and so what a tenant may hope for. */
export const SETTINGS = {
  'no operator identity for anybody': {
    flags: ['--ambient-credentials=deny'],
    rbac: [],
    isAmbient: false,
    hasAccounts: false,
  },
  'the operator identity for alice alone, and two accounts named': {
    flags: [
      '--ambient-credentials=namespaces=alice',
      '--service-account-identities=alice/puller,mallory/puller',
    ],
    rbac: ['--service-account-identities=alice/puller,mallory/puller'],
    isAmbient: false,
    hasAccounts: true,
  },
  'the operator identity for everybody, and all accounts': {
    flags: ['--service-account-identities'],
    rbac: ['--service-account-identities', '--token-endpoint'],
    isAmbient: true,
    hasAccounts: true,
  },
} as const

export interface Setting {
  readonly flags: readonly string[]
  readonly rbac: readonly string[]
  /** Everybody may use the operator's own AWS identity. */
  readonly isAmbient: boolean
  /** Tokens of service accounts are asked for. */
  readonly hasAccounts: boolean
}
