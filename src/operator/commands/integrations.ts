// This file is about what `everpull integration` asks for: ports that main.ts fills with Git, a cluster and AWS.
import type { SecretText } from '../../base/secret-text.ts'
import type { StepTold } from '../commands.ts'

/** Where integrations are kept: a clone on disk, or `URL[/path][?ref=branch]`. */
export type RepoText = string

/** The form of an integration, filled in. */
export interface IntegrationSettings {
  readonly name: string
  /** `controlPlanes`: in the folder for the cluster that each runtime itself runs in. */
  readonly runtimes:
    | { readonly is: 'all'; readonly controlPlanes?: true }
    | { readonly is: 'selected'; readonly names: readonly string[] }
  readonly access: IntegrationAccess
  readonly region: string
  /** Hosts of registries it stands for; may be empty. */
  readonly registries: readonly string[]
  /** Namespaces it is shared with (names and wildcards); absent: stays as it is; empty: the operator's own alone. */
  readonly namespaces?: readonly string[]
}

export type IntegrationAccess =
  | { readonly is: 'role'; readonly role: string; readonly externalId?: string }
  | { readonly is: 'access-key'; readonly accessKeyId: string; readonly secret: SecretPart }
  | { readonly is: 'ambient' }

/** How the secret access key gets to where the operator reads it. Never in the clear into Git. */
export type SecretPart =
  | {
      readonly is: 'sealed'
      readonly secretAccessKey: SecretText
      readonly sessionToken?: SecretText
      /** PEM file of the controller's certificate; absent: asked for through the API server. */
      readonly certificateFile?: string
    }
  /** An ExternalSecret fetches it from a store. */
  | {
      readonly is: 'external'
      readonly store: { readonly kind: 'SecretStore' | 'ClusterSecretStore'; readonly name: string }
      readonly remoteKey: string
      readonly property?: string
    }
  /** A Secret that is there already, in the operator's namespace unless told. */
  | {
      readonly is: 'existing'
      readonly secretName: string
      readonly secretNamespace?: string
      readonly key?: string
    }
  /** Of an integration that is edited: as it was. */
  | { readonly is: 'kept' }

export type SyncState = 'synced' | 'syncing' | 'out-of-sync' | 'unknown'

export interface IntegrationTold {
  readonly name: string
  readonly mode: 'IAM role' | 'access key' | 'ambient'
  readonly region: string
  /** Empty: all. */
  readonly runtimes: readonly string[]
  readonly sync: SyncState
  /** Why it is not synced, where it is known. */
  readonly syncNote?: string
  /** Its Ready condition. */
  readonly health: { readonly is: 'healthy' | 'failing' | 'unknown'; readonly because?: string }
  /** RFC 3339 */
  readonly lastTestedAt?: string
  readonly usedBy: { readonly count: number; readonly first: readonly string[] }
}

/** What came of testing a connection; durations and request ids are for whoever asked, and stand in no status. */
export interface ConnectionTold {
  readonly isPassed: boolean
  /** As AWS names the caller. */
  readonly arn?: string
  readonly steps: readonly TimedStep[]
  /** The managed policies of the field that the caller effectively has, as far as asking without writing shows it. */
  readonly policies: readonly ManagedPolicyTold[]
  /** What lacks for reading, reporting and pushing, in this order. */
  readonly purposes: readonly PurposeTold[]
}

/** Times are absent where nobody took them down: of what the operator tested, they come apart from its verdict. */
export type TimedStep = StepTold & { readonly tookMs?: number; readonly requestId?: string }

export interface ManagedPolicyTold {
  /** "AmazonEC2ContainerRegistryReadOnly" */
  readonly name: string
  readonly held: 'yes' | 'no' | 'unknown'
  /** Actions of it that were denied. */
  readonly missing: readonly string[]
}

export interface PurposeTold {
  readonly purpose: 'reading' | 'reporting' | 'pushing'
  /** Whether all it takes is allowed. */
  readonly allowed: 'yes' | 'no' | 'unknown'
  /** Actions it takes that were denied. */
  readonly missing: readonly string[]
  /** Actions it takes that nobody could ask about, or that were judged from others. */
  readonly unknown: readonly string[]
}

/** Where a connection is tested from: by the operator, with the identity that will be used, or by this machine. */
export type TestedFrom = 'cluster' | 'here'

/** How a connection is tested. */
export interface TestOptions {
  /** Whether pushing has to be allowed too. */
  readonly push?: boolean
  /** The operator's own namespace; absent: where the lease of its election is found. */
  readonly operatorNamespace?: string
  /** Milliseconds; absent: three minutes. */
  readonly patience?: number
  /** Told what is being done, a line without its end at a time. */
  readonly onProgress?: (line: string) => void
}

/** What is tested: a form that nobody has saved, or an integration of the cluster by its name. */
export type Tested =
  | { readonly is: 'settings'; readonly settings: IntegrationSettings }
  | { readonly is: 'integration'; readonly name: string }

export interface TestAsked extends TestOptions {
  readonly tested: Tested
  readonly from: TestedFrom
}
