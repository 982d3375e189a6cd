// This file is about what the command line can ask for: ports that main.ts fills with a cluster, AWS and a sandbox.

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
  /** Absent: the service account's own. */
  readonly leaseNamespace?: string
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
