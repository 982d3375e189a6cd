// This file is about the actions on repositories and their images, each behind IAM and the repository's policy.
import type { Call, Operations, Output } from '../call.ts'
import { readPolicy } from '../iam/policy-document.ts'
import type { Repository } from '../ledger.ts'
import { AwsError } from '../protocol/aws-error.ts'
import { optionalText, requiredText, textList } from '../protocol/input.ts'
import { layerUploads } from './layer-upload.ts'
import { digestOf, type Manifest } from './registry-images.ts'
import { notFoundWords, type RepositoryKey, repositoryArn } from './repository.ts'
import { type Asked, guard, type ImageParts, keyOf, onRepository } from './repository-action.ts'

interface ImageId {
  readonly imageDigest?: string
  readonly imageTag?: string
}
const imageIds = (call: Call): ImageId[] =>
  Array.isArray(call.input['imageIds']) ? (call.input['imageIds'] as ImageId[]) : []

const describeRepository = (repository: Repository): Output => ({
  repositoryArn: repositoryArn(repository),
  registryId: repository.account,
  repositoryName: repository.name,
  repositoryUri:
    repository.service === 'ecr'
      ? `${repository.account}.dkr.ecr.${repository.region}.amazonaws.com/${repository.name}`
      : `public.ecr.aws/${repository.account}/${repository.name}`,
  createdAt: new Date(repository.createdAt),
})

function describeRepositories(parts: ImageParts, call: Call): Output {
  const names = textList(call.input, 'repositoryNames')
  if (names.length === 0) {
    const key = keyOf(call, '*')
    guard(parts, call, key)
    const listed = parts.repositories.list(key.service, key.account, key.region)
    return { repositories: listed.map(describeRepository) }
  }
  return {
    repositories: names.map((name) => {
      const key = keyOf(call, name)
      guard(parts, call, key)
      return describeRepository(parts.repositories.existing(key))
    }),
  }
}

async function findImages(
  parts: ImageParts,
  { key, call }: Asked,
): Promise<{ found: { id: ImageId; manifest: Manifest }[]; missing: ImageId[] }> {
  const found: { id: ImageId; manifest: Manifest }[] = []
  const missing: ImageId[] = []
  for (const id of imageIds(call)) {
    const manifest = await parts.images.manifest(key, id.imageDigest ?? id.imageTag ?? '')
    if (manifest === undefined) missing.push(id)
    else found.push({ id, manifest })
  }
  return { found, missing }
}

async function batchGetImage(parts: ImageParts, asked: Asked): Promise<Output> {
  const { found, missing } = await findImages(parts, asked)
  return {
    images: found.map(({ id, manifest }) => ({
      registryId: asked.key.account,
      repositoryName: asked.key.name,
      imageId: {
        imageDigest: manifest.digest,
        ...(id.imageTag === undefined ? {} : { imageTag: id.imageTag }),
      },
      imageManifest: manifest.text,
      imageManifestMediaType: manifest.mediaType,
    })),
    failures: missing.map((imageId) => ({
      imageId,
      failureCode: 'ImageNotFound',
      failureReason: 'Requested image not found',
    })),
  }
}

async function tagsByDigest(
  parts: ImageParts,
  key: RepositoryKey,
): Promise<Map<string, { tags: string[]; manifest: Manifest }>> {
  const byDigest = new Map<string, { tags: string[]; manifest: Manifest }>()
  for (const tag of await parts.images.tags(key)) {
    const manifest = await parts.images.manifest(key, tag)
    if (manifest === undefined) continue
    const entry = byDigest.get(manifest.digest)
    if (entry === undefined) byDigest.set(manifest.digest, { tags: [tag], manifest })
    else entry.tags.push(tag)
  }
  return byDigest
}

async function listImages(parts: ImageParts, { key }: Asked): Promise<Output> {
  const byDigest = await tagsByDigest(parts, key)
  const ids = [...byDigest].flatMap(([imageDigest, { tags }]) =>
    tags.map((imageTag) => ({ imageDigest, imageTag })),
  )
  return { imageIds: ids }
}

const imageNotFound = (id: ImageId, key: RepositoryKey): AwsError =>
  new AwsError(
    'ImageNotFoundException',
    400,
    `The image with imageId {imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'} does not exist within the repository with name '${key.name}' in the registry with id '${key.account}'`,
  )

async function describeImages(parts: ImageParts, asked: Asked): Promise<Output> {
  const { key } = asked
  const byDigest = await tagsByDigest(parts, key)
  const { found, missing } = await findImages(parts, asked)
  if (missing[0] !== undefined) throw imageNotFound(missing[0], key)
  const wanted = found.length > 0 ? new Set(found.map((f) => f.manifest.digest)) : new Set(byDigest.keys())
  return {
    imageDetails: [...byDigest]
      .filter(([digest]) => wanted.has(digest))
      .map(([imageDigest, { tags, manifest }]) => ({
        registryId: key.account,
        repositoryName: key.name,
        imageDigest,
        imageTags: tags,
        imageSizeInBytes: manifest.text.length,
        imageManifestMediaType: manifest.mediaType,
      })),
  }
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

async function putImage(parts: ImageParts, { key, call }: Asked): Promise<Output> {
  const text = requiredText(call.input, 'imageManifest')
  const imageTag = optionalText(call.input, 'imageTag')
  const declared = optionalText(call.input, 'imageManifestMediaType')
  const mediaType = declared ?? (JSON.parse(text) as { mediaType?: string }).mediaType ?? ''
  const imageDigest = digestOf(text)
  await parts.images.putManifest(key, imageTag ?? imageDigest, mediaType, text)
  const imageId = { imageDigest, ...(imageTag === undefined ? {} : { imageTag }) }
  return { image: { registryId: key.account, repositoryName: key.name, imageId, imageManifest: text } }
}

function createRepository(parts: ImageParts, call: Call): Output {
  const key = keyOf(call, requiredText(call.input, 'repositoryName'))
  guard(parts, call, key)
  if (parts.repositories.find(key) !== undefined)
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      400,
      notFoundWords(key).replace('does not exist', 'already exists'),
    )
  return { repository: describeRepository(parts.repositories.create(key)) }
}

/** The operations that ECR and ECR Public share by name; each is the IAM action of its own service. */
export function imageActions(parts: ImageParts): Operations {
  return {
    ...layerUploads(parts),
    CreateRepository: (call) => createRepository(parts, call),
    DescribeRepositories: (call) => describeRepositories(parts, call),
    BatchGetImage: onRepository(parts, (asked) => batchGetImage(parts, asked)),
    BatchCheckLayerAvailability: onRepository(parts, (asked) => checkLayers(parts, asked)),
    GetDownloadUrlForLayer: onRepository(parts, async ({ key, call }) => {
      const layerDigest = requiredText(call.input, 'layerDigest')
      if ((await parts.images.blobSize(key, layerDigest)) === undefined)
        throw new AwsError(
          'LayersNotFoundException',
          400,
          `The layer with digest '${layerDigest}' does not exist`,
        )
      return { downloadUrl: parts.images.blobUrl(key, layerDigest), layerDigest }
    }),
    DescribeImages: onRepository(parts, (asked) => describeImages(parts, asked)),
    ListImages: onRepository(parts, (asked) => listImages(parts, asked)),
    PutImage: onRepository(parts, (asked) => putImage(parts, asked)),
    SetRepositoryPolicy: onRepository(parts, ({ key, call }) => {
      const policyText = requiredText(call.input, 'policyText')
      parts.repositories.setPolicy(key, readPolicy(policyText, 'resource'))
      return { registryId: key.account, repositoryName: key.name, policyText }
    }),
    GetRepositoryPolicy: onRepository(parts, ({ repository }) => {
      if (repository.policy === undefined)
        throw new AwsError('RepositoryPolicyNotFoundException', 400, 'Repository policy does not exist')
      const { account: registryId, name: repositoryName, policy } = repository
      return { registryId, repositoryName, policyText: JSON.stringify(policy) }
    }),
  }
}
