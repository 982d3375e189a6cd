// This file is about the External Secrets Operator as a Helm release: a chart with what such a release has, and whoever
// lets its Deployments run, as a kubelet would.
import { mkdir, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { parseAllDocuments, stringify } from 'yaml'
import type { KubeClient } from '../../src/kube/client.ts'
import { isNotFound } from '../../src/kube/error.ts'
import { type KubeObject, objectPath, type ResourceType } from '../../src/kube/resource.ts'
import type { ForeignController } from './foreign-controller.ts'
import { tlsIdentity } from './tls-identity.ts'

const NAME = 'external-secrets'
const LOOK_EVERY_MS = 50
const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}

export interface ForeignReleaseOptions {
  readonly folder: string
  /** The definitions it brings along, YAML. */
  readonly definitions: string
  readonly controller: ForeignController
  /** Looks at the Deployments; stays open. */
  readonly client: KubeClient
}

export class ForeignRelease implements AsyncDisposable {
  /** The folder of the chart. */
  readonly chart: string
  readonly #controller: ForeignController
  readonly #client: KubeClient
  readonly #webhook: Server
  readonly #stopping = new AbortController()
  readonly #following: Promise<void>
  #isAdmitting = false

  private constructor(chart: string, webhook: Server, { controller, client }: ForeignReleaseOptions) {
    this.chart = chart
    this.#webhook = webhook
    this.#controller = controller
    this.#client = client
    webhook.on('connection', (socket) => void (this.#isAdmitting || socket.destroy()))
    this.#following = this.#follow()
  }

  static async open(options: ForeignReleaseOptions): Promise<ForeignRelease> {
    const identity = await tlsIdentity()
    const webhook = createServer(
      { cert: identity.cert, key: identity.key },
      (request, response) => void admit(request, response),
    )
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
    const { port } = webhook.address() as AddressInfo
    const chart = join(options.folder, 'chart')
    await writeChart(chart, options.definitions, {
      url: `https://127.0.0.1:${port}/validate`,
      caBundle: Buffer.from(identity.cert).toString('base64'),
    })
    return new ForeignRelease(chart, webhook, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#following
    this.#webhook.closeAllConnections()
    await new Promise((resolve) => this.#webhook.close(resolve))
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look().catch(() => {})
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    if (await this.#isRunning(NAME)) this.#controller.start()
    else await this.#controller.stop()
    this.#isAdmitting = await this.#isRunning(`${NAME}-webhook`)
    if (!this.#isAdmitting) this.#webhook.closeAllConnections()
  }

  async #isRunning(name: string): Promise<boolean> {
    try {
      const path = objectPath(DEPLOYMENTS, { namespace: NAME, name })
      const { spec } = await this.#client.request<KubeObject>({ method: 'GET', path })
      return ((spec as { replicas?: number } | undefined)?.replicas ?? 1) > 0
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }
}

/** An AdmissionReview comes in, and goes back answered. */
async function admit(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid } = ((await json(request)) as { readonly request: { readonly uid: string } }).request
  const answer = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true },
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

async function writeChart(chart: string, definitions: string, webhook: object): Promise<void> {
  await mkdir(join(chart, 'templates'), { recursive: true })
  await mkdir(join(chart, 'definitions'))
  const values = { crds: { annotations: {} }, webhook }
  await writeFile(join(chart, 'Chart.yaml'), stringify({ apiVersion: 'v2', name: NAME, version: '0.20.4' }))
  await writeFile(join(chart, 'values.yaml'), stringify(values))
  for (const document of parseAllDocuments(definitions)) {
    const definition = document.toJS() as KubeObject
    await writeFile(join(chart, 'definitions', `${definition.metadata.name}.yaml`), stringify(definition))
  }
  const deployments = [NAME, `${NAME}-webhook`, `${NAME}-cert-controller`].map(deployment)
  await writeFile(join(chart, 'templates', 'definitions.yaml'), DEFINITIONS)
  await writeFile(
    join(chart, 'templates', 'deployments.yaml'),
    deployments.map((one) => stringify(one)).join('---\n'),
  )
  await writeFile(join(chart, 'templates', 'webhooks.yaml'), WEBHOOKS)
}

const deployment = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: name }] } },
  },
})

/** Part of the release, as those of the original are, with annotations on request. */
const DEFINITIONS = `{{- range $path, $_ := .Files.Glob "definitions/*.yaml" }}
{{- $definition := $.Files.Get $path | fromYaml }}
{{- $_ := set $definition.metadata "annotations" $.Values.crds.annotations }}
---
{{ toYaml $definition }}
{{- end }}
`

const WEBHOOKS = ['externalsecret', 'secretstore']
  .map(
    (kind) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: ${kind}-validate
webhooks:
  - name: validate.${kind}.external-secrets.io
    rules:
      - apiGroups: [external-secrets.io]
        apiVersions: [v1, v1beta1]
        operations: [CREATE, UPDATE, DELETE]
        resources: [${kind}s]
        scope: Namespaced
    clientConfig: {{ toJson .Values.webhook }}
    admissionReviewVersions: [v1, v1beta1]
    failurePolicy: Fail
    sideEffects: None
    timeoutSeconds: 5
`,
  )
  .join('---\n')
