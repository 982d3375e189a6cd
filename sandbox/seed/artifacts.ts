// This file is about what the sandbox's registries hold: a Helm chart and an image, made here byte by byte.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { tarGz } from './archive.ts'

export interface Blob {
  readonly mediaType: string
  readonly content: Buffer
}

export interface Artifact {
  readonly tag: string
  readonly config: Blob
  readonly layers: readonly Blob[]
  readonly annotations?: Readonly<Record<string, string>>
}

const sha256 = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** What a chart is made of besides its name and version. */
export interface ChartExtras {
  /** More of Chart.yaml, such as its dependencies. */
  readonly about?: Readonly<Record<string, unknown>>
  /** In place of a ConfigMap with a greeting. */
  readonly template?: string
}

const GREETING = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting }}\n`

/** A chart as `helm push` would store it; its name must be the last part of its repository's name. */
export function helmChart(name: string, version: string, extras: ChartExtras = {}): Artifact {
  const { template = GREETING, about: more = {} } = extras
  const about = { apiVersion: 'v2', name, version, description: 'A chart to pull', type: 'application' }
  const yaml = Object.entries({ ...about, ...more }).map(
    ([key, value]) => `${key}: ${JSON.stringify(value)}\n`,
  )
  return {
    tag: version,
    config: {
      mediaType: 'application/vnd.cncf.helm.config.v1+json',
      content: Buffer.from(JSON.stringify(about)),
    },
    layers: [
      {
        mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
        content: tarGz({
          [`${name}/Chart.yaml`]: yaml.join(''),
          [`${name}/values.yaml`]: 'greeting: hello\n',
          [`${name}/templates/configmap.yaml`]: template,
        }),
      },
    ],
    annotations: { 'org.opencontainers.image.title': name, 'org.opencontainers.image.version': version },
  }
}

/** An image of one layer with one text file; it can be pulled, not run. */
export function image(tag: string, text: string): Artifact {
  const layer = tarGz({ 'hello.txt': text })
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/hello.txt'] },
    rootfs: { type: 'layers', diff_ids: [sha256(gunzipSync(layer))] },
  }
  return {
    tag,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      content: Buffer.from(JSON.stringify(config)),
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content: layer }],
  }
}

const descriptor = ({ mediaType, content }: Blob): object => ({
  mediaType,
  digest: sha256(content),
  size: content.length,
})

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/** Pushes to a registry without authentication, for example the one behind the registry front. */
export async function push(registry: string, repository: string, artifact: Artifact): Promise<void> {
  const base = `${registry}/v2/${repository}`
  for (const blob of [artifact.config, ...artifact.layers]) await pushBlob(base, blob)
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(artifact.config),
    layers: artifact.layers.map(descriptor),
    ...(artifact.annotations && { annotations: artifact.annotations }),
  }
  await put(`${base}/manifests/${artifact.tag}`, MANIFEST, Buffer.from(JSON.stringify(manifest)))
}

async function pushBlob(base: string, { content }: Blob): Promise<void> {
  const digest = sha256(content)
  const held = await fetch(`${base}/blobs/${digest}`, { method: 'HEAD', signal: limit() })
  if (held.ok) return
  const upload = await fetch(`${base}/blobs/uploads/`, { method: 'POST', signal: limit() })
  await expectOk(upload)
  const place = new URL(upload.headers.get('location') ?? '', base)
  place.searchParams.set('digest', digest)
  await put(place.href, 'application/octet-stream', content)
}

async function put(url: string, type: string, body: Buffer): Promise<void> {
  const headers = { 'content-type': type }
  await expectOk(await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body), signal: limit() }))
}

async function expectOk(answer: Response): Promise<void> {
  const text = await answer.text()
  if (!answer.ok) throw new Error(`the registry refused ${answer.url}: ${answer.status} ${text}`)
}

const limit = (): AbortSignal => AbortSignal.timeout(10_000)
