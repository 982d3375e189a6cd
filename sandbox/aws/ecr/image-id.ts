// This file is about how images are named in requests, and what ECR says of names it cannot use.
import type { Call } from '../call.ts'
import { AwsError, invalidParameter } from '../protocol/aws-error.ts'
import type { RepositoryKey } from './repository.ts'

export interface ImageId {
  readonly imageDigest?: string
  readonly imageTag?: string
}

const MOST = 100
const DIGEST = /^[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

const isImageId = (value: unknown): value is ImageId =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((member) => member === null || typeof member === 'string')

export function imageIds(call: Call): readonly ImageId[] {
  const given = call.input['imageIds'] ?? []
  if (!Array.isArray(given) || given.length > MOST || !given.every(isImageId))
    throw invalidParameter(
      `Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must be a list of at most ${MOST} image identifiers'`,
    )
  return given
}

export function imageId(call: Call): ImageId {
  const given = call.input['imageId']
  if (!isImageId(given) || (given.imageDigest ?? given.imageTag) === undefined)
    throw invalidParameter(
      "Invalid parameter at 'imageId' failed to satisfy constraint: 'Member must not be null'",
    )
  return given
}

export const isDigest = (text: string): boolean => DIGEST.test(text)

export interface ImageFailure {
  readonly failureCode: string
  readonly failureReason: string
}

/** What is wrong with a name before anything is looked for. */
export function failureOf({ imageDigest, imageTag }: ImageId): ImageFailure | undefined {
  if (imageDigest === undefined && imageTag === undefined)
    return {
      failureCode: 'MissingDigestAndTag',
      failureReason: 'Invalid request parameters: both tag and digest are missing',
    }
  if (imageDigest !== undefined && !isDigest(imageDigest))
    return {
      failureCode: 'InvalidImageDigest',
      failureReason:
        "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    }
  if (imageTag !== undefined && !TAG.test(imageTag))
    return {
      failureCode: 'InvalidImageTag',
      failureReason: "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'",
    }
  return undefined
}

export const NOT_FOUND: ImageFailure = {
  failureCode: 'ImageNotFound',
  failureReason: 'Requested image not found',
}

const spell = ({ imageDigest, imageTag }: ImageId): string =>
  `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`

export const placeOf = (key: RepositoryKey): string =>
  `repository with name '${key.name}' in the registry with id '${key.account}'`

export const imageNotFound = (id: ImageId, key: RepositoryKey): AwsError =>
  new AwsError(
    'ImageNotFoundException',
    400,
    `The image with imageId ${spell(id)} does not exist within the ${placeOf(key)}`,
  )

export const scanNotFound = (id: ImageId, key: RepositoryKey): AwsError =>
  new AwsError(
    'ScanNotFoundException',
    400,
    `Image scan does not exist for the image with '${spell(id)}' in the ${placeOf(key)}`,
  )
