// This file is about integrations in other layouts: ports that main.ts fills for `integration import` and `render`.
import type { SecretText } from '../../base/secret-text.ts'
import type { Committed, RepoAsked } from './kept-integrations.ts'

/** Of one namespace, or of all. */
export interface ClusterSource {
  readonly is: 'cluster'
  readonly namespace?: string
}

export type LayoutSource =
  | ClusterSource
  | { readonly is: 'repository'; readonly asked: RepoAsked }
  /** Manifests, YAML or JSON. */
  | { readonly is: 'files'; readonly files: readonly LayoutFile[] }

export interface LayoutFile {
  readonly path: string
  readonly text: string
}

export interface ImportAsked {
  readonly from: Exclude<LayoutSource, { is: 'files' }>
  /** The repository they go into; absent: into none, they are only shown. */
  readonly into?: RepoAsked
  /** Of roles that are named without their ARN. */
  readonly account?: string
  readonly region?: string
  /** Namespaces they are to be shared with. */
  readonly shareWith: readonly string[]
}

/** What came over, before anything is written; nothing secret. Whoever asked closes it. */
export interface ImportTold {
  /** All that is written, from the repository's path on. */
  readonly files: readonly LayoutFile[]
  readonly integrations: readonly ImportedTold[]
  /** What there is to know besides. */
  readonly said: readonly string[]
  /** What should have become an integration and did not, and what the rules of the repository refuse. */
  readonly failed: readonly string[]
  /** Against the repository, as `git diff` prints it; absent: there is none. */
  readonly diff?: string
  readonly commit?: (message: string, signal: AbortSignal) => Promise<Committed>
  close(): Promise<void>
}

export interface ImportedTold {
  readonly name: string
  /** A file, or an object of the cluster. */
  readonly from: string
  /** What was taken, and what has no counterpart. */
  readonly said: readonly string[]
  /** What is left to do by hand before it works. */
  readonly open: readonly string[]
}

export const LAYOUTS = ['codefresh', 'everpull'] as const
export type Layout = (typeof LAYOUTS)[number]

export interface RenderAsked {
  readonly from: LayoutSource
  readonly layout: Layout
  /** Only the integration of this name. */
  readonly name?: string
  /** Of its access key, to be sealed for the whole cluster. */
  readonly secretAccessKey?: SecretText
  /** PEM file; absent: the controller's is asked for through the API server. */
  readonly certificateFile?: string
}

export interface RenderTold {
  readonly files: readonly LayoutFile[]
  /** What the layout cannot carry, and what was sealed with what. */
  readonly said: readonly string[]
  /** What is left to do by hand before it works. */
  readonly open: readonly string[]
}

/** For one cluster and one environment. Each rejects with a CommandFailure where it cannot be done. */
export interface LayoutCommands {
  bringOver(asked: ImportAsked, signal: AbortSignal): Promise<ImportTold>
  render(asked: RenderAsked, signal: AbortSignal): Promise<RenderTold>
}
