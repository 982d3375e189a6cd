// This file is about leases in memory, with the API server's rules: 404 before one exists, 409 on a stale version.
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/error.ts'
import type { LeaseObject, LeaseRecord } from '../../src/kube/lease-record.ts'

const refused = (status: number, reason: string): KubeError =>
  new KubeError({ status, reason, message: reason })

export class LeaseServer {
  readonly leases = new Map<string, LeaseObject>()
  /** Nobody is answered. */
  isDown = false
  /** May not be listed. */
  isListForbidden = false
  readonly requests: KubeRequest[] = []
  #version = 0

  /** One asker's way to it, which can be cut by itself. */
  client(isCut: () => boolean = () => false): KubeClient {
    const request = async <T>(asked: KubeRequest): Promise<T> => {
      if (this.isDown || isCut()) throw refused(0, 'Unreachable')
      this.requests.push(asked)
      return structuredClone(this.#answer(asked)) as T
    }
    return { request } as Partial<KubeClient> as KubeClient
  }

  holder(name: string): string {
    return this.leases.get(name)?.spec?.holderIdentity ?? ''
  }

  /** As another process would write it. */
  write(name: string, spec: LeaseRecord, labels: Readonly<Record<string, string>> = {}): void {
    this.#version += 1
    const metadata = { name, namespace: 'n', labels, resourceVersion: String(this.#version) }
    this.leases.set(name, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec })
  }

  #answer({ method, path, query, body }: KubeRequest): unknown {
    const sent = body as LeaseObject | undefined
    const name = sent?.metadata.name ?? path.split('/leases/')[1]
    if (name === undefined) return this.#list(query)
    const before = this.leases.get(name)
    if (method === 'POST' && before !== undefined) throw refused(409, 'AlreadyExists')
    if (method !== 'POST' && before === undefined) throw refused(404, 'NotFound')
    if (sent === undefined) return before
    if (method === 'PUT' && sent.metadata.resourceVersion !== before?.metadata.resourceVersion)
      throw refused(409, 'Conflict')
    this.#version += 1
    const metadata = { ...sent.metadata, resourceVersion: String(this.#version) }
    this.leases.set(name, { ...sent, metadata })
    return this.leases.get(name)
  }

  #list({ labelSelector, fieldSelector }: NonNullable<KubeRequest['query']> = {}): unknown {
    if (this.isListForbidden) throw refused(403, 'Forbidden')
    const [label = '', value] = labelSelector?.split('=') ?? []
    const items = [...this.leases.values()].filter(({ metadata: { name, labels } }) =>
      fieldSelector === undefined ? labels?.[label] === value : fieldSelector === `metadata.name=${name}`,
    )
    return { items }
  }
}
