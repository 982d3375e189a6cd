// This file is about a shared configuration repository as read: integrations in their folders, runtimes, and what is wrong.

/** Whom a folder of the repository is meant for. */
export type Placement =
  /** `resources/all-runtimes-all-clusters/<name>/` */
  | { readonly is: 'all' }
  /** `resources/control-planes/<name>/`: the cluster each runtime itself runs in, which is the only one we serve. */
  | { readonly is: 'control-planes' }
  /** `resources/runtimes/<runtime>/<name>/` */
  | { readonly is: 'runtime'; readonly runtime: string }

/** A Kubernetes object as written in a file. */
export interface WrittenObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export interface PlacedObject {
  /** The file it stands in, from the repository's path on. */
  readonly path: string
  /** Which of the file's documents, from 0. */
  readonly document: number
  /** Which of the items, from 0, where the document is a list of objects. */
  readonly item?: number
  readonly object: WrittenObject
}

/** One folder that holds an integration. */
export interface IntegrationFolder {
  readonly name: string
  readonly placement: Placement
  readonly folder: string
  readonly objects: readonly PlacedObject[]
}

/** `runtimes/<name>/everpull.yaml`, what a runtime says of itself. */
export interface RuntimeDeclaration {
  readonly name: string
  /** Run by somebody else, in an AWS account of theirs: role mode is refused. */
  readonly hosted: boolean
  /** Semantic version; absent: not told. */
  readonly version?: string
  /** The least version that takes integrations with an access key; absent: any does. */
  readonly accessKeySince?: string
  readonly path: string
}

/** Something in the repository that cannot be used; the sentence says what to do. */
export interface Flaw {
  readonly path: string
  /** `unparsable`: nobody knows what was meant, so nothing may be pruned. `skipped`: left out, the rest goes on. */
  readonly is: 'unparsable' | 'skipped'
  readonly because: string
}

export interface ConfigTree {
  readonly integrations: readonly IntegrationFolder[]
  readonly runtimes: readonly RuntimeDeclaration[]
  readonly flaws: readonly Flaw[]
  /** Whether `resources/` is there at all. */
  readonly hasResources: boolean
}

/** A file of the repository as it stands in a commit; paths from the repository's folder on, with `/`. */
export interface TreeFile {
  readonly path: string
  readonly mode: 'file' | 'symlink' | 'submodule'
  /** Bytes. */
  readonly size: number
  /** Absent of what is no file, is larger than LARGEST_FILE, or is no UTF-8. */
  readonly text?: string
}

export type TreeChange =
  | { readonly is: 'write'; readonly path: string; readonly text: string }
  | { readonly is: 'delete'; readonly path: string }

/** How much of one file is read: 1 MiB. */
export const LARGEST_FILE = 1 << 20
