// This file is about the actions on images, each behind IAM and the repository's policy.
import type { Operations, Output } from '../call.ts'
import { optionalText, requiredText, textList } from '../protocol/input.ts'
import { failureOf, type ImageFailure, type ImageId, imageIds, NOT_FOUND } from './image-id.ts'
import { imageListing } from './image-listing.ts'
import { layerUploads } from './layer-upload.ts'
import { registryReads } from './registry-reads.ts'
import { digestOf, type Manifest } from './registry-images.ts'
import { type Asked, type ImageParts, onRepository } from './repository-action.ts'
import { repositoryActions } from './repository-actions.ts'
import { AwsError, invalidParameter } from '../protocol/aws-error.ts'

async function findImage(parts: ImageParts, { key }: Asked, id: ImageId): Promise<Manifest | ImageFailure> {
  const failure = failureOf(id)
  if (failure !== undefined) return failure
  return (await parts.images.manifest(key, id.imageDigest ?? id.imageTag ?? '')) ?? NOT_FOUND
}

const imageOutput = ({ key }: Asked, id: ImageId, manifest: Manifest): Output => ({
  registryId: key.account,
  repositoryName: key.name,
  imageId: {
    imageDigest: manifest.digest,
    ...(id.imageTag === undefined ? {} : { imageTag: id.imageTag }),
  },
  imageManifest: manifest.text,
  imageManifestMediaType: manifest.mediaType,
})

/** What is not there is a failure of the image, not of the call. */
async function batchGetImage(parts: ImageParts, asked: Asked): Promise<Output> {
  const ids = imageIds(asked.call)
  if (ids.length === 0)
    throw invalidParameter(
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length greater than or equal to 1'",
    )
  const images: Output[] = []
  const failures: Output[] = []
  for (const id of ids) {
    const found = await findImage(parts, asked, id)
    if ('failureCode' in found) failures.push({ imageId: id, ...found })
    else images.push(imageOutput(asked, id, found))
  }
  return { images, failures }
}

async function checkLayers(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const layers: Output[] = []
  for (const layerDigest of textList(call.input, 'layerDigests')) {
    const layerSize = await parts.images.blobSize(key, layerDigest)
    layers.push(
      layerSize === undefined
        ? { layerDigest, layerAvailability: 'UNAVAILABLE' }
        : { layerDigest, layerAvailability: 'AVAILABLE', layerSize },
    )
  }
  return { layers, failures: [] }
}

const wrongDigest = (wanted: string, actual: string): AwsError =>
  new AwsError(
    'ImageDigestDoesNotMatchException',
    400,
    `The specified image digest '${wanted}' does not match the calculated digest '${actual}'`,
  )

async function putImage(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const text = requiredText(call.input, 'imageManifest')
  const imageTag = optionalText(call.input, 'imageTag')
  const declared = optionalText(call.input, 'imageManifestMediaType')
  const mediaType = declared ?? (JSON.parse(text) as { mediaType?: string }).mediaType ?? ''
  const imageDigest = digestOf(text)
  const wanted = optionalText(call.input, 'imageDigest') ?? imageDigest
  if (wanted !== imageDigest) throw wrongDigest(wanted, imageDigest)
  await parts.images.putManifest(key, imageTag ?? imageDigest, mediaType, text)
  const imageId = { imageDigest, ...(imageTag === undefined ? {} : { imageTag }) }
  return { image: { registryId: key.account, repositoryName: key.name, imageId, imageManifest: text } }
}

/** ECR's operations; each is the IAM action of its own name, where nothing else is said. */
export function imageActions(parts: ImageParts): Operations {
  return {
    ...layerUploads(parts),
    ...repositoryActions(parts),
    ...imageListing(parts),
    ...registryReads(parts),
    BatchGetImage: onRepository(parts, (asked) => batchGetImage(parts, asked)),
    BatchCheckLayerAvailability: onRepository(parts, (asked) => checkLayers(parts, asked)),
    PutImage: onRepository(parts, (asked) => putImage(parts, asked)),
  }
}

/** ECR Public has fewer: its images are read through its registry alone. */
const NOT_PUBLIC: ReadonlySet<string> = new Set([
  'BatchGetImage',
  'GetDownloadUrlForLayer',
  'ListImages',
  'ListImageReferrers',
  'DescribeImageScanFindings',
  'GetLifecyclePolicy',
  'GetLifecyclePolicyPreview',
  'GetRegistryPolicy',
  'DescribeRegistry',
  'ListTagsForResource',
])

export const publicImageActions = (actions: Operations): Operations =>
  Object.fromEntries(Object.entries(actions).filter(([name]) => !NOT_PUBLIC.has(name)))
