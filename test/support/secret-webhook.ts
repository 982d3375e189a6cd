// This file is about a mutating webhook, as clusters have them: it changes each Secret that is created in one namespace.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { tlsIdentity } from './tls-identity.ts'

interface Review {
  readonly request: {
    readonly uid: string
    readonly object: { readonly metadata: { readonly labels?: object } }
  }
}

interface Change {
  /** Besides those it has. */
  readonly labels?: Readonly<Record<string, string>>
  readonly type?: string
}

export class SecretWebhook implements AsyncDisposable {
  readonly configuration: object
  readonly #server: Server

  private constructor(server: Server, configuration: object) {
    this.#server = server
    this.configuration = configuration
  }

  static async open(namespace: string, change: Change): Promise<SecretWebhook> {
    const identity = await tlsIdentity('webhook')
    const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const text = await answer(request, change)
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    }
    const server = createServer(identity, (request, response) => void respond(request, response))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    return new SecretWebhook(server, configurationOf(namespace, port, identity.cert))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const configurationOf = (namespace: string, port: number, ca: string): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: namespace },
  webhooks: [
    {
      name: 'change.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: btoa(ca) },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
    },
  ],
})

async function answer(request: IncomingMessage, { labels, type }: Change): Promise<string> {
  const { uid, object } = ((await json(request)) as Review).request
  const operations = [
    { op: 'add', path: '/metadata/labels', value: { ...object.metadata.labels, ...labels } },
    ...(type === undefined ? [] : [{ op: 'replace', path: '/type', value: type }]),
  ]
  const patch = btoa(JSON.stringify(operations))
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', patch },
  })
}
