// This file is about a registry request: which repository it touches and which IAM actions that takes.
import type { RegistryHost } from './host.ts'

export type Operation = 'ping' | 'pull' | 'push' | 'tags' | 'delete'

export interface Route {
  readonly operation: Operation
  /** As the client names it, without the public registry's alias. */
  readonly repository?: string
  /** The account or alias that owns the repository. */
  readonly account: string
  /** IAM actions without their service; each group must be met by one of its members. */
  readonly actions: readonly (readonly string[])[]
  /** The rest of the path after the repository, from `manifests/` or `blobs/` or `tags/` on. */
  readonly rest: string
}

const PATH = /^\/v2\/(.+)\/((?:manifests|blobs|tags|referrers)\/.*)$/

const START_UPLOAD = [['InitiateLayerUpload']]
const SEND_PART = [['UploadLayerPart']]
/** A PUT may carry the last part, or all of it. */
const END_UPLOAD = [['CompleteLayerUpload'], ['UploadLayerPart']]
const LOOK_AT_LAYER = [['BatchCheckLayerAvailability', 'GetDownloadUrlForLayer']]
const GET_LAYER = [['GetDownloadUrlForLayer']]

const uploadActions = (method: string): readonly (readonly string[])[] =>
  method === 'POST' ? START_UPLOAD : method === 'PUT' ? END_UPLOAD : SEND_PART

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html, and its sibling on pulling. */
function access(
  method: string,
  rest: string,
): { operation: Operation; actions: readonly (readonly string[])[] } {
  const reads = method === 'GET' || method === 'HEAD'
  if (rest.startsWith('tags/')) return { operation: 'tags', actions: [['ListImages']] }
  if (rest.startsWith('referrers/')) return { operation: 'pull', actions: [['BatchGetImage']] }
  if (rest.startsWith('blobs/uploads/')) return { operation: 'push', actions: uploadActions(method) }
  if (method === 'DELETE') return { operation: 'delete', actions: [['BatchDeleteImage']] }
  if (rest.startsWith('blobs/'))
    return { operation: 'pull', actions: method === 'HEAD' ? LOOK_AT_LAYER : GET_LAYER }
  return reads
    ? { operation: 'pull', actions: [['BatchGetImage']] }
    : { operation: 'push', actions: [['PutImage']] }
}

/** The public registry's paths begin with an alias; a path without one has no repository. */
function owner(host: RegistryHost, name: string): { account: string; repository: string } {
  if (host.service === 'ecr') return { account: host.account, repository: name }
  const slash = name.indexOf('/')
  return { account: name.slice(0, Math.max(slash, 0)), repository: name.slice(slash + 1) }
}

/** Undefined for paths no registry serves. */
export function readRoute(host: RegistryHost, method: string, path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2')
    return { operation: 'ping', account: host.account, actions: [], rest: '' }
  const parts = PATH.exec(path)
  if (parts === null) return undefined
  const rest = parts[2] ?? ''
  const { account, repository } = owner(host, parts[1] ?? '')
  return { ...access(method, rest), account, repository, rest }
}
