// This file is about looking over the images of a repository: listed, described, referred to, scanned.
import type { Operations, Output } from '../call.ts'
import { AwsError, invalidParameter } from '../protocol/aws-error.ts'
import { imageId, imageIds, imageNotFound, type ImageId, isDigest, scanNotFound } from './image-id.ts'
import { pageOf, refusePaging } from './page.ts'
import type { Manifest } from './registry-images.ts'
import type { RepositoryKey } from './repository.ts'
import { type Asked, type ImageParts, onRepository } from './repository-action.ts'

interface Tagged {
  readonly manifest: Manifest
  readonly tags: string[]
}

async function tagsByDigest(parts: ImageParts, key: RepositoryKey): Promise<Map<string, Tagged>> {
  const byDigest = new Map<string, Tagged>()
  for (const tag of await parts.images.tags(key)) {
    const manifest = await parts.images.manifest(key, tag)
    if (manifest === undefined) continue
    const entry = byDigest.get(manifest.digest)
    if (entry === undefined) byDigest.set(manifest.digest, { tags: [tag], manifest })
    else entry.tags.push(tag)
  }
  return byDigest
}

async function listImages(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const all = [...(await tagsByDigest(parts, key))].flatMap(([imageDigest, { tags }]) =>
    tags.map((imageTag) => ({ imageDigest, imageTag })),
  )
  const { items, next } = pageOf(call.input, all)
  return { imageIds: items, ...next }
}

const referenceOf = (id: ImageId): string => id.imageDigest ?? id.imageTag ?? ''

async function existing(parts: ImageParts, key: RepositoryKey, id: ImageId): Promise<Manifest> {
  const manifest = await parts.images.manifest(key, referenceOf(id))
  if (manifest === undefined) throw imageNotFound(id, key)
  return manifest
}

const detailOf = (key: RepositoryKey, { manifest, tags }: Tagged): Output => ({
  registryId: key.account,
  repositoryName: key.name,
  imageDigest: manifest.digest,
  ...(tags.length > 0 ? { imageTags: tags } : {}),
  imageSizeInBytes: manifest.text.length,
  imageManifestMediaType: manifest.mediaType,
})

async function describeImages(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const byDigest = await tagsByDigest(parts, key)
  const ids = imageIds(call)
  if (ids.length === 0) {
    const { items, next } = pageOf(call.input, [...byDigest.values()])
    return { imageDetails: items.map((image) => detailOf(key, image)), ...next }
  }
  refusePaging(call.input, 'imageIds')
  const wanted = new Map<string, Tagged>()
  for (const id of ids) {
    const manifest = await existing(parts, key, id)
    wanted.set(manifest.digest, byDigest.get(manifest.digest) ?? { manifest, tags: [] })
  }
  return { imageDetails: [...wanted.values()].map((image) => detailOf(key, image)) }
}

const REFERRERS_PER_PAGE = 50

function subjectOf({ call }: Asked): string {
  const subject = call.input['subjectId'] as { imageDigest?: unknown } | undefined
  const digest = subject?.imageDigest
  if (typeof digest !== 'string' || !isDigest(digest))
    throw invalidParameter(
      "Invalid parameter at 'subjectId' failed to satisfy constraint: 'Member must name an image by its digest'",
    )
  return digest
}

const artifactTypesOf = ({ call }: Asked): readonly unknown[] => {
  const { artifactTypes } = (call.input['filter'] ?? {}) as { artifactTypes?: unknown }
  return Array.isArray(artifactTypes) ? artifactTypes : []
}

/** A subject that is not there has no referrers, which is no error. */
async function listReferrers(parts: ImageParts, asked: Asked): Promise<Output> {
  const types = artifactTypesOf(asked)
  const all = (await parts.images.referrers(asked.key, subjectOf(asked))).filter(
    ({ artifactType }) => types.length === 0 || types.includes(artifactType),
  )
  const { items, next } = pageOf(asked.call.input, all, REFERRERS_PER_PAGE)
  return { referrers: items.map((referrer) => ({ ...referrer, artifactStatus: 'ACTIVE' })), ...next }
}

/** Nothing scans here: every image that exists has no scan. */
async function describeFindings(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const id = imageId(call)
  await existing(parts, key, id)
  throw scanNotFound(id, key)
}

async function downloadUrl(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const layerDigest = call.input['layerDigest']
  if (typeof layerDigest !== 'string' || !isDigest(layerDigest))
    throw invalidParameter(
      "Invalid parameter at 'layerDigest' failed to satisfy constraint: 'Member must satisfy regular expression pattern: [a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    )
  if ((await parts.images.blobSize(key, layerDigest)) === undefined)
    throw new AwsError(
      'LayersNotFoundException',
      400,
      `The layer with digest '${layerDigest}' does not exist within the repository with name '${key.name}' in the registry with id '${key.account}'`,
    )
  return { downloadUrl: parts.images.blobUrl(key, layerDigest), layerDigest }
}

export function imageListing(parts: ImageParts): Operations {
  return {
    ListImages: onRepository(parts, (asked) => listImages(parts, asked)),
    DescribeImages: onRepository(parts, (asked) => describeImages(parts, asked)),
    // It has no action of its own: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
    ListImageReferrers: onRepository(parts, (asked) => listReferrers(parts, asked), 'BatchGetImage'),
    DescribeImageScanFindings: onRepository(parts, (asked) => describeFindings(parts, asked)),
    GetDownloadUrlForLayer: onRepository(parts, (asked) => downloadUrl(parts, asked)),
  }
}
