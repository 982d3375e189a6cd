// This file is about a mutating webhook, as clusters have them: it labels each Secret that is created in one namespace.
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

export class LabelWebhook implements AsyncDisposable {
  readonly configuration: object
  readonly #server: Server

  private constructor(server: Server, configuration: object) {
    this.#server = server
    this.configuration = configuration
  }

  static async open(namespace: string, label: string, value: string): Promise<LabelWebhook> {
    const identity = await tlsIdentity('webhook')
    const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const text = await answer(request, label, value)
      response.writeHead(200, { 'content-type': 'application/json' }).end(text)
    }
    const server = createServer(identity, (request, response) => void respond(request, response))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    return new LabelWebhook(server, configurationOf(namespace, port, identity.cert))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const configurationOf = (namespace: string, port: number, ca: string): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'label' },
  webhooks: [
    {
      name: 'label.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: btoa(ca) },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }],
    },
  ],
})

async function answer(request: IncomingMessage, label: string, value: string): Promise<string> {
  const { uid, object } = ((await json(request)) as Review).request
  const labels = { ...object.metadata.labels, [label]: value }
  const patch = btoa(JSON.stringify([{ op: 'add', path: '/metadata/labels', value: labels }]))
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', patch },
  })
}
