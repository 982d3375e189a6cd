// This file is about integrations kept in a Git repository and known to a cluster: ports that main.ts fills for `everpull integration`.
import type { SecretText } from '../../base/secret-text.ts'
import type { ConditionTold, StepTold } from '../commands.ts'
import type {
  ConnectionTold,
  IntegrationSettings,
  IntegrationTold,
  RepoText,
  TestedFrom,
  TestOptions,
} from './integrations.ts'

/** A repository of integrations, and who its remote is told we are. */
export interface RepoAsked {
  readonly repo: RepoText
  /** Absent: whatever git on this machine would use. */
  readonly login?: { readonly username: string; readonly password: SecretText }
  /** PEM, for a server whose certificate no authority of this machine signed. */
  readonly certificateAuthority?: string
}

/** What the repository says of a runtime that an integration can be meant for. */
export interface RuntimeTold {
  readonly name: string
  readonly hosted: boolean
  readonly version?: string
}

/** An integration as the repository has it; its settings as far as the form knows them. */
export interface IntegrationKept {
  readonly settings: IntegrationSettings
  /** Files of it, from the repository's path on. */
  readonly files: readonly string[]
}

export type ChangeAsked =
  | { readonly is: 'create' | 'edit'; readonly settings: IntegrationSettings }
  | { readonly is: 'delete'; readonly name: string }

/** What a change comes to, before anything is written. */
export interface ChangePlanned {
  /** As `git diff` prints it; empty: nothing changes. Nothing secret. */
  readonly diff: string
  /** What somebody should know before they commit: the fingerprint of the certificate that was sealed with, say. */
  readonly notes: readonly string[]
}

export interface Committed {
  readonly commit: string
  readonly branch: string
  /** Where it was pushed to; absent: into a clone that follows no remote. */
  readonly remote?: string
  /** How often the remote had moved on meanwhile. */
  readonly retries: number
  /** What to do where the clone could not be brought along after the push. */
  readonly behind?: string
}

/** One repository, read once; whoever opens it closes it. Each rejects with a CommandFailure where it cannot be done. */
export interface OpenIntegrations {
  /** For people: the folder or URL, and the branch. */
  readonly where: string
  readonly runtimes: readonly RuntimeTold[]
  readonly names: readonly string[]
  /** Rejects where somebody edited it into what cannot be read. */
  find(name: string): IntegrationKept | undefined
  /** Sentences about what the rules of the repository refuse; empty: nothing. */
  judge(change: ChangeAsked): readonly string[]
  plan(change: ChangeAsked, signal: AbortSignal): Promise<ChangePlanned>
  /**
   * Of the change planned last: has the cluster try whether it could open what was sealed, and resolves with what to
   * know where it cannot be asked. Rejects where it cannot open it.
   */
  prove(signal: AbortSignal): Promise<readonly string[]>
  /** Of the change planned last: commits and pushes it. */
  commit(message: string, signal: AbortSignal): Promise<Committed>
  close(): Promise<void>
}

/** Who would lose their login. */
export interface UsersTold {
  readonly count: number
  readonly first: readonly string[]
}

export interface IntegrationsListed {
  readonly integrations: readonly IntegrationTold[]
  /** What cannot be looked at or used, each a sentence: the cluster, or files of the repository. */
  readonly flaws: readonly string[]
}

/** Everything of one integration that may be shown to anybody. */
export interface IntegrationShown extends IntegrationTold {
  /** ARN of the role, or the access key id. */
  readonly as?: string
  /** As AWS names the caller. */
  readonly arn?: string
  readonly registries: readonly string[]
  readonly namespaces: readonly string[]
  readonly files: readonly string[]
  readonly conditions: readonly ConditionTold[]
  /** Of the last test. */
  readonly steps: readonly StepTold[]
}

/** For one cluster and one environment. Each rejects with a CommandFailure where it cannot be done. */
export interface IntegrationCommands {
  /** What a form is preset with: the caller's own configuration. */
  presets(): Promise<{ readonly region?: string }>
  open(asked: RepoAsked, signal: AbortSignal): Promise<OpenIntegrations>
  list(repo: RepoAsked | undefined, signal: AbortSignal): Promise<IntegrationsListed>
  show(name: string, repo: RepoAsked | undefined, signal: AbortSignal): Promise<IntegrationShown>
  /** From the cluster; `unknown` says why it cannot be asked. */
  usersOf(name: string, signal: AbortSignal): Promise<UsersTold | { readonly unknown: string }>
  test(
    settings: IntegrationSettings,
    from: TestedFrom,
    options: TestOptions,
    signal: AbortSignal,
  ): Promise<ConnectionTold>
}
