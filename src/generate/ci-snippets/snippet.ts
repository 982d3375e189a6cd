// This file is about what CI steps are made from and what they come to; the steps of each system are files beside it.

export const CI_SYSTEMS = ['github', 'gitlab', 'jenkins', 'tekton', 'argo'] as const
export type CiSystem = (typeof CI_SYSTEMS)[number]

/** Who may come, and with what: one entry of the integration's `spec.ciAccess`. */
export interface CiAccessEntry {
  readonly issuer: string
  readonly audience: string
  /** `*` stands for what crosses neither `/` nor `:`. */
  readonly subject: string
  readonly access: 'pull' | 'push'
  /** A token may be shown twice; said only of systems whose tokens tell no other way. */
  readonly reuse?: true
}

export interface SnippetAsked {
  /** The integration, by name. */
  readonly integration: string
  /** Of the operator, https, without a slash at the end. */
  readonly endpoint: string
  /** Only the login of this host; absent: of every registry the integration names. */
  readonly registry?: string
  /** A file on the machine CI runs on: PEM of whoever signed the endpoint's certificate. */
  readonly certificateAuthority?: string
  readonly rule: CiAccessEntry
}

/** What one CI system needs to be told. */
export interface SystemSteps {
  readonly system: CiSystem
  /** As people call it. */
  readonly title: string
  /** The issuer of its tokens, where there is one that most have. */
  readonly issuer?: string
  /** Completes the sentence "--issuer: …", for those whose issuer nobody can guess. */
  readonly issuerHint: string
  /** Whose token it is; parts in angle brackets are to be replaced, and match no token as they are. */
  readonly subject: string
  readonly reuse?: true
  /** What introduces a line of comment. */
  readonly comment: '#' | '//'
  /** The file's text, without the rule. */
  readonly steps: (asked: SnippetAsked) => string
}
