// This file is about what went wrong at the API server: one error type, its reasons, and what it may never quote.

/** One field the server complained about, as `Status.details.causes` lists them. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

/** The parts of `metav1.Status` that are read. */
export interface Status {
  readonly kind: 'Status'
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly kind?: string
    readonly causes?: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
  /** An expired continue token comes back with a usable one here. */
  readonly metadata?: { readonly continue?: string }
}

export interface KubeErrorParts {
  /** The HTTP status (or the code inside a watch's ERROR event); 0 when there was no answer. */
  readonly status: number
  /**
   * `metav1.Status.reason` ("NotFound", "Conflict", …). Where no server gave one, because the request was not answered
   * or not sent: "Unreachable", "Timeout", "TooLarge", "Malformed", "NotLeader" or "BadCredential".
   */
  readonly reason: string
  readonly message: string
  /** `metav1.Status.details.kind`: the plural of what is missing or refused. */
  readonly concerns?: string | undefined
  readonly causes?: readonly StatusCause[] | undefined
  readonly retryAfterMs?: number | undefined
  readonly continueToken?: string | undefined
  readonly cause?: unknown
}

/**
 * Every failed request throws this. The message starts with verb and path and never quotes a body: a server's own
 * message is taken over only from a `Status`, cut at 1,024 characters, with the values of a written Secret removed.
 */
export class KubeError extends Error {
  readonly status: number
  readonly reason: string
  readonly concerns: string | undefined
  readonly causes: readonly StatusCause[]
  readonly retryAfterMs: number | undefined
  readonly continueToken: string | undefined

  constructor(parts: KubeErrorParts) {
    super(parts.message, parts.cause === undefined ? {} : { cause: parts.cause })
    this.name = 'KubeError'
    this.status = parts.status
    this.reason = parts.reason
    this.concerns = parts.concerns
    this.causes = parts.causes ?? []
    this.retryAfterMs = parts.retryAfterMs
    this.continueToken = parts.continueToken
  }

  is(...reasons: readonly string[]): boolean {
    return reasons.includes(this.reason)
  }
}

const withStatus =
  (status: number) =>
  (error: unknown): error is KubeError =>
    error instanceof KubeError && error.status === status

export const isNotFound = withStatus(404)
export const isForbidden = withStatus(403)

/** How it words that it does not know the kind of an owner: a definition that goes, or has only just come. */
const NO_OWNER_KIND = /: cannot set blockOwnerDeletion in this case because cannot find RESTMapping /

export const isOwnerKindUnknown = (error: unknown): boolean =>
  isForbidden(error) && NO_OWNER_KIND.test(error.message)

/** How the API server words that no role allows it (`forbiddenMessage`), and that a role to set owners is missing: it has no code of its own. */
const NO_ROLE = /\bUser ".*" cannot \w+ (resource|path) "|: cannot set blockOwnerDeletion /

/** Refused for want of a role, not by quota or by an admission plugin or webhook: those answer 403 just the same. */
export const isRoleMissing = (error: unknown): boolean =>
  isForbidden(error) && NO_ROLE.test(error.message) && !isOwnerKindUnknown(error)

export interface RefusedRight {
  readonly verb: string
  /** Plural, with a subresource after a slash. */
  readonly resource: string
  readonly group: string
  /** Absent: asked for outside of namespaces, or in all of them. */
  readonly namespace?: string
}

/** As the API server's own sentence (`forbiddenMessage`) puts it. */
const REFUSED_RIGHT =
  / cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/

/** Which right is missing; undefined where it is not said, or none is missing. */
export function refusedRight(error: unknown): RefusedRight | undefined {
  if (!isForbidden(error) || !isRoleMissing(error)) return undefined
  const [, verb, resource, group, namespace] = REFUSED_RIGHT.exec(error.message) ?? []
  if (verb === undefined || resource === undefined || group === undefined) return undefined
  return { verb, resource, group, ...(namespace === undefined ? {} : { namespace }) }
}

/** Refused for want of the right to own: `update` on the finalizers of what would be the owner. */
export const isOwnershipRefused = (error: unknown): boolean =>
  isRoleMissing(error) && refusedRight(error) === undefined

/** Told by what is missing: 404 is also the answer where the kind itself is not served. */
export const isNamespaceMissing = (error: unknown): boolean =>
  isNotFound(error) && error.concerns === 'namespaces'

/** Nothing new may come into a namespace that is being deleted. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  isForbidden(error) && error.causes.some(({ reason }) => reason === 'NamespaceTerminating')

/** A patch that carries the uid of an earlier object of that name is answered as if it wanted to change the uid. */
const isAnotherIncarnation = (error: KubeError): boolean =>
  error.status === 422 && error.causes.some(({ field }) => field === 'metadata.uid')

/** The object is not what the write was made for: a stale resourceVersion, another uid, another field manager's field. */
export const isConflict = (error: unknown): error is KubeError =>
  error instanceof KubeError &&
  ((error.status === 409 && error.reason !== 'AlreadyExists') || isAnotherIncarnation(error))

/** The content is refused; sending it again is of no use. */
export const isInvalid = (error: unknown): error is KubeError =>
  error instanceof KubeError && (error.status === 400 || error.status === 422) && !isAnotherIncarnation(error)

export const isAlreadyExists = (error: unknown): error is KubeError =>
  error instanceof KubeError && error.is('AlreadyExists')

/** etcd's limit for a request, and gRPC's for a message: the API server has no code for them. */
const TOO_LARGE = /etcdserver: request is too large|trying to send message larger than max/

/** Answers that time, somebody's grant or another version of the object may change. */
const MAY_CHANGE: ReadonlySet<number> = new Set([401, 403, 404, 408, 409, 429])

/** Refused for its content, its size or its form: sent again unchanged it is refused again. */
export const isFinal = (error: unknown): error is KubeError =>
  error instanceof KubeError &&
  !isAnotherIncarnation(error) &&
  (error.status === 500
    ? TOO_LARGE.test(error.message)
    : error.status >= 400 && error.status < 500 && !MAY_CHANGE.has(error.status))

/** The server gave no answer, or one that says "later": the same request may succeed unchanged. */
export const isTransient = (error: unknown): error is KubeError =>
  error instanceof KubeError &&
  (error.status === 429 || error.status >= 500 || error.is('Unreachable', 'Timeout'))
