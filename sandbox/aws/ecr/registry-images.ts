// This file is about the images in the registry behind ECR, read and written for the image actions of the API.
import { createHash } from 'node:crypto'
import { backendName } from '../../registry/backend-name.ts'
import type { RepositoryKey } from './repository.ts'

export interface Manifest {
  readonly digest: string
  readonly mediaType: string
  readonly text: string
}

/** An image or artifact that says it is about another; the descriptor of https://github.com/opencontainers/image-spec. */
export interface Referrer {
  readonly digest: string
  readonly mediaType: string
  readonly artifactType?: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

/** The registry that both this API and the registry front stand before. */
export interface RegistryImages {
  tags(key: RepositoryKey): Promise<readonly string[]>
  manifest(key: RepositoryKey, reference: string): Promise<Manifest | undefined>
  blobSize(key: RepositoryKey, digest: string): Promise<number | undefined>
  blobUrl(key: RepositoryKey, digest: string): string
  referrers(key: RepositoryKey, digest: string): Promise<readonly Referrer[]>
  putBlob(key: RepositoryKey, digest: string, content: Buffer): Promise<void>
  putManifest(key: RepositoryKey, reference: string, mediaType: string, text: string): Promise<void>
}

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ')

export const digestOf = (content: string | Buffer): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

const LIMIT = (): AbortSignal => AbortSignal.timeout(10_000)

async function expectOk(answer: Response, what: string): Promise<void> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the registry refused ${what}: ${answer.status} ${text.slice(0, 200)}`)
}

interface ReferringManifest {
  readonly subject?: { readonly digest?: string }
  readonly artifactType?: string
  readonly config?: { readonly mediaType?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

function readReferrer({ text, digest, mediaType }: Manifest, subject: string): Referrer[] {
  const manifest = JSON.parse(text) as ReferringManifest
  if (manifest.subject?.digest !== subject) return []
  const artifactType = manifest.artifactType ?? manifest.config?.mediaType
  const { annotations } = manifest
  return [
    {
      digest,
      mediaType,
      size: Buffer.byteLength(text),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  ]
}

/** Where clients of a registry without the referrers API keep the list: an index under this tag. */
const listTag = (subject: string): string => subject.replace(':', '-')

/** The registry behind has no referrers API, so tags tell: the list that clients keep, and what names its subject. */
async function findReferrers(
  images: Pick<RegistryImages, 'tags' | 'manifest'>,
  key: RepositoryKey,
  subject: string,
): Promise<readonly Referrer[]> {
  const found = new Map<string, Referrer>()
  for (const tag of await images.tags(key)) {
    const manifest = await images.manifest(key, tag)
    if (manifest === undefined) continue
    const listed =
      tag === listTag(subject)
        ? ((JSON.parse(manifest.text) as { manifests?: Referrer[] }).manifests ?? [])
        : readReferrer(manifest, subject)
    for (const referrer of listed) found.set(referrer.digest, referrer)
  }
  return [...found.values()]
}

export function registryImages(backend: string): RegistryImages {
  const at = (key: RepositoryKey, rest: string): string => `${backend}/v2/${backendName(key)}/${rest}`
  return {
    referrers(key, digest) {
      return findReferrers(this, key, digest)
    },
    async tags(key) {
      const answer = await fetch(at(key, 'tags/list'), { signal: LIMIT() })
      const body = (await answer.json()) as { tags?: string[] | null }
      return answer.ok ? (body.tags ?? []) : []
    },
    async manifest(key, reference) {
      const answer = await fetch(at(key, `manifests/${reference}`), {
        headers: { accept: MANIFESTS },
        signal: LIMIT(),
      })
      const text = await answer.text()
      if (!answer.ok) return undefined
      return { digest: digestOf(text), mediaType: answer.headers.get('content-type') ?? '', text }
    },
    async blobSize(key, digest) {
      const answer = await fetch(at(key, `blobs/${digest}`), { method: 'HEAD', signal: LIMIT() })
      return answer.ok ? Number(answer.headers.get('content-length') ?? '0') : undefined
    },
    blobUrl: (key, digest) => at(key, `blobs/${digest}`),
    async putBlob(key, digest, content) {
      const started = await fetch(at(key, 'blobs/uploads/'), { method: 'POST', signal: LIMIT() })
      await expectOk(started, 'an upload')
      const place = new URL(started.headers.get('location') ?? '', backend)
      place.searchParams.set('digest', digest)
      const done = await fetch(place, { method: 'PUT', body: new Uint8Array(content), signal: LIMIT() })
      await expectOk(done, 'a layer')
    },
    async putManifest(key, reference, mediaType, text) {
      const done = await fetch(at(key, `manifests/${reference}`), {
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: text,
        signal: LIMIT(),
      })
      await expectOk(done, 'a manifest')
    },
  }
}

/** Where no registry was given: nothing is there, and what is put is dropped. */
export const noImages: RegistryImages = {
  tags: () => Promise.resolve([]),
  manifest: () => Promise.resolve(undefined),
  blobSize: () => Promise.resolve(undefined),
  referrers: () => Promise.resolve([]),
  blobUrl: (key, digest) => `http://127.0.0.1/${backendName(key)}/${digest}`,
  putBlob: () => Promise.resolve(),
  putManifest: () => Promise.resolve(),
}
