// This file is about what the command line can ask for: ports that main.ts fills with a cluster, AWS and a sandbox.
import type { SecretText } from '../base/secret-text.ts'

/** Which cluster is meant; a kubeconfig without a file means the one kubectl would use. */
export type ClusterChoice =
  | { readonly is: 'in-cluster' }
  | { readonly is: 'kubeconfig'; readonly file?: string; readonly context?: string }

export interface CrdsAsked {
  /** Empty: all. */
  readonly dialects: readonly string[]
  /** Only those this cluster lacks; absent: all, and no cluster is reached. */
  readonly missingFrom?: ClusterChoice
}

export interface RbacAsked {
  readonly serviceAccount: { readonly namespace: string; readonly name: string }
  /** Empty: the whole cluster. */
  readonly namespaces: readonly string[]
  /** Empty: all. */
  readonly dialects: readonly string[]
  readonly serviceAccountIdentities:
    | { readonly is: 'none' }
    | { readonly is: 'all' }
    | {
        readonly is: 'named'
        readonly accounts: readonly { readonly namespace: string; readonly name: string }[]
      }
  readonly driftWatch: boolean
  readonly argocdNamespace: string
  /** Present: it keeps the cluster in line with a Git repository, whose credentials are in this Secret. */
  readonly configRepo?: { readonly secret?: string }
  readonly nudgeArgocd?: boolean
  readonly tokenEndpoint?: boolean
  /** Absent: the service account's own. */
  readonly leaseNamespace?: string
  readonly leaseName?: string
  readonly shards?: number
}

/** What `everpull check` tells; everything in it may be shown to anybody. */
export interface CheckReport {
  /** Who the operator is in AWS. */
  readonly aws: WhoInAws
  /** Who the Secrets stand for that the operator reads where it lives, by dialects whose users keep them there. */
  readonly operatorSecrets: readonly (WhoInAws & {
    /** "namespace/name". */
    readonly secret: string
  })[]
  readonly kinds: readonly KindChecked[]
  readonly objects: readonly ObjectChecked[]
  readonly missingRights: readonly MissingRight[]
  /** What whoever runs this should know though all objects are served. */
  readonly warnings: readonly WarningTold[]
  /** What came of testing the connections of the objects named; absent where none was named. */
  readonly probes?: readonly ObjectProbed[]
}

export interface WarningTold {
  /** "EcrIntegration default" */
  readonly object: string
  readonly reason: string
  readonly message: string
}

/** One object, or one namespace's share of it, with every step that was tried. */
export interface ObjectProbed {
  readonly kind: string
  /** Empty for an object of the cluster. */
  readonly namespace: string
  readonly name: string
  /** As whom it was tried, in our words; then as AWS names it. */
  readonly identity: string
  readonly arn?: string
  readonly steps: readonly StepTold[]
}

export interface StepTold {
  readonly name: string
  readonly on?: string
  readonly result: 'passed' | 'denied' | 'failed' | 'skipped'
  /** Not having it fails nothing. */
  readonly optional?: true
  /** Not asked, as asking would write: judged from the other steps. */
  readonly inferred?: true
  readonly reason?: string
  readonly message?: string
  /** What to change, a policy statement say. */
  readonly remedy?: string
}

/** Why a Secret is as it is: everything in it may be shown to anybody. */
export interface Explanation {
  readonly objects: readonly ObjectExplained[]
}

export interface ObjectExplained {
  /** "RegistryLogin.everpull.dev" */
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly dialect: string
  /** Why nothing is done about it, where that is so. */
  readonly problem?: string
  /** As its status has them. */
  readonly conditions: readonly ConditionTold[]
  readonly secrets: readonly SecretExplained[]
}

export interface ConditionTold {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  /** RFC 3339 */
  readonly since?: string
}

export interface SecretExplained {
  /** "namespace/name" */
  readonly secret: string
  /** What it holds: "docker config for HOST, HOST", "keys username, password". */
  readonly shape: string
  readonly decision: DecisionTold
  readonly logins: readonly LoginExplained[]
  /** Why it may be written. */
  readonly consent?: string
  readonly links: readonly string[]
}

export interface DecisionTold {
  readonly is: 'fresh' | 'renew' | 'redress' | 'wait' | 'yield' | 'refuse' | 'unready'
  /** A sentence without a full stop. */
  readonly because: string
  /** RFC 3339; of what is fresh, and will be renewed. */
  readonly renewsAt?: string
}

export interface LoginExplained {
  /** "private eu-west-1" */
  readonly scope: string
  /** "role arn:… through EcrIntegration x" */
  readonly identity: string
  readonly mintedAt?: string
  readonly expiresAt?: string
}

export interface NameAsked {
  readonly name: string
  /** Absent: any. */
  readonly namespace?: string
}

export interface PolicyAsked extends NameAsked {
  /** Who the identity begins as, where only AWS knows. */
  readonly caller?: string
  /** Whether pushing is to be allowed where the object does not say. */
  readonly push: boolean
}

/** A policy document that somebody needs. */
export interface PolicyTold {
  /** "EcrIntegration default" */
  readonly object: string
  readonly kind: 'identity' | 'trust' | 'repository'
  /** The ARN of the user or role, or the account. */
  readonly of: string
  readonly policy: object
}

export type LoginAsked =
  /** As whoever sits at this machine, or through an integration of a cluster in the name of a namespace. */
  | {
      readonly is: 'registry'
      readonly host: string
      /** For hosts that do not tell it. */
      readonly region?: string
      readonly integration?: { readonly name: string; readonly namespace: string | undefined }
    }
  /** As an object of the cluster does. */
  | {
      readonly is: 'object'
      readonly name: string
      readonly namespace: string | undefined
      readonly host?: string
    }

/** The password is secret: it goes to whoever asked, and nowhere else. */
export interface LoginTold {
  readonly is: 'login'
  readonly host: string
  readonly username: string
  readonly password: SecretText
  /** RFC 3339 */
  readonly expiresAt: string
}

/** From the token endpoint of an operator, by the name of an integration. */
export interface EndpointLoginAsked {
  /** https */
  readonly endpoint: URL
  readonly integration: string
  /** Absent: all that the integration names. */
  readonly registry?: string
  /** Absent: all that is given. */
  readonly access?: 'pull' | 'push'
  readonly token:
    | { readonly is: 'held'; readonly token: SecretText }
    /** Issued for this audience by GitHub, which is asked there and with that. */
    | {
        readonly is: 'github'
        readonly url: URL
        readonly credential: SecretText
        readonly audience: string
      }
  /** PEM; what Node trusts where not given. */
  readonly ca?: string
  /** Milliseconds for all of it. */
  readonly patience: number
}

export interface EndpointLoginsTold {
  readonly access: 'pull' | 'push'
  /** One at least. */
  readonly logins: readonly LoginTold[]
  readonly note: string
}

export type WhoInAws =
  | { readonly is: 'known'; readonly arn: string }
  | { readonly is: 'unknown'; readonly because: string }

export interface KindChecked {
  /** "ExternalSecret.external-secrets.io". */
  readonly kind: string
  readonly dialect: string
  /** As the cluster has it, its preferred one first; empty while the kind is not installed. */
  readonly served: readonly string[]
  /** The one that is read; absent where none of them can be. */
  readonly version?: string
  /** Versions of our own definition that the installed one lacks: nobody can apply manifests of those. */
  readonly notServed: readonly string[]
  /** What somebody should know of it, in words. */
  readonly note?: string
}

export interface ObjectChecked {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly state: 'served' | 'dormant' | 'failing'
  /** Why it is dormant or failing. */
  readonly because?: string
  /** Secrets it keeps, as namespace/name. */
  readonly targets: readonly string[]
  /** RFC 3339; when the first login it serves dies. */
  readonly expiresAt?: string
}

/** A right the operator's account lacks. */
export interface MissingRight {
  readonly verb: string
  /** "secrets", "externalsecrets.external-secrets.io/status". */
  readonly resource: string
  /** Absent: cluster-wide. */
  readonly namespace?: string
  /** What does not work without it. */
  readonly neededFor: string
}

export interface SandboxPart {
  readonly name: string
  readonly state: 'running' | 'stopped'
  readonly pid?: number
  /** Where it listens. */
  readonly address?: string
}

export interface SandboxState {
  /** The folder that holds keys, data and logs. */
  readonly folder: string
  readonly parts: readonly SandboxPart[]
}

export interface SandboxUpAsked {
  /** Life of the tokens it hands out, milliseconds. */
  readonly tokenLife?: number
}

export interface SandboxCommands {
  up(asked: SandboxUpAsked): Promise<SandboxState>
  down(): Promise<SandboxState>
  status(): Promise<SandboxState>
  /** A kubeconfig, YAML. */
  kubeconfig(): Promise<string>
}

/** Each rejects with a CommandFailure when what was asked cannot be done; anything else thrown is a bug. */
export interface Commands {
  /** Custom resource definitions, YAML. */
  crds(asked: CrdsAsked): Promise<string>
  /** ServiceAccount, roles and bindings, YAML that applies as it is. */
  rbac(asked: RbacAsked): Promise<string>
  readonly sandbox: SandboxCommands
}

/** An expected failure with a message for the user; `usage` means that what was asked makes no sense (exit code 2). */
export class CommandFailure extends Error {
  readonly usage: boolean
  constructor(message: string, usage = false) {
    super(message)
    this.name = 'CommandFailure'
    this.usage = usage
  }
}
