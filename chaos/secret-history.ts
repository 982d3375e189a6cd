// This file is about every version that a lane's Secrets have had, by a watch that survives whatever befalls the API server.
//
// Flow: list once, then watch from that version, and from the last version shown whenever the watch ends. A version that
// is too old for the server makes it list anew; what is shown then is marked, as versions in between may be missing.
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { loadAdmin } from './admin-access.ts'
import type { SecretVersion } from './history.ts'

interface RawSecret {
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly unknown[]
  }
  readonly data?: Readonly<Record<string, string>>
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: RawSecret
}

/** Between two tries to be served again. */
const RETRY_MS = 100
/** An answer that does not come in this time is not waited for; a watch is quiet for longer. */
const QUIET_MS = 20_000

export class SecretHistory implements AsyncDisposable {
  readonly #sandbox: Sandbox
  readonly #latest = new Map<string, SecretVersion>()
  readonly #listeners = new Set<() => void>()
  #versions: SecretVersion[] = []
  #cursor = '0'
  #closed = false
  #current: { destroy(): void } | undefined
  readonly #running: Promise<void>

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox
    this.#running = this.#run()
  }

  /** The newest version; undefined when there is no such Secret. */
  get(namespace: string, name: string): SecretVersion | undefined {
    const found = this.#latest.get(`${namespace}/${name}`)
    return found?.is === 'there' ? found : undefined
  }

  /** All that was shown of namespaces that begin so; forgets everything else there was. */
  take(prefix: string): readonly SecretVersion[] {
    const taken = this.#versions.filter(({ namespace }) => namespace.startsWith(prefix))
    this.#versions = []
    for (const [key, { is }] of this.#latest) if (is === 'gone') this.#latest.delete(key)
    return taken
  }

  /** Told after each change. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#current?.destroy()
    await this.#running
  }

  async #run(): Promise<void> {
    let mustList = true
    while (!this.#closed) {
      try {
        if (mustList) await this.#list()
        mustList = false
        mustList = await this.#watch()
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }

  async #list(): Promise<void> {
    const answer = await this.#ask('/api/v1/secrets')
    let text = ''
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk)
    if (answer.statusCode !== 200) throw new Error(`secrets cannot be listed: ${answer.statusCode}`)
    const list = JSON.parse(text) as {
      readonly metadata: { readonly resourceVersion: string }
      readonly items: readonly RawSecret[]
    }
    const isFirst = this.#cursor === '0'
    const there = new Set(list.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
    for (const item of list.items) this.#note('there', item, !isFirst)
    for (const [key, last] of this.#latest) {
      if (last.is === 'there' && !there.has(key)) {
        this.#keep({
          ...last,
          is: 'gone',
          at: Date.now(),
          afterGap: true,
          version: Number(list.metadata.resourceVersion),
        })
      }
    }
    this.#cursor = list.metadata.resourceVersion
  }

  /** Whether it has to be listed anew. */
  async #watch(): Promise<boolean> {
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${this.#cursor}&timeoutSeconds=300`
    const answer = await this.#ask(`/api/v1/secrets?${query}`)
    if (answer.statusCode === 410) return true
    if (answer.statusCode !== 200) throw new Error(`secrets cannot be watched: ${answer.statusCode}`)
    let rest = ''
    for await (const chunk of answer.setEncoding('utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { type, object } = JSON.parse(line) as WatchEvent
        if (type === 'ERROR') return true
        this.#cursor = object.metadata.resourceVersion
        if (type !== 'BOOKMARK') this.#note(type === 'DELETED' ? 'gone' : 'there', object, false)
      }
    }
    return false
  }

  #note(is: SecretVersion['is'], { metadata, data = {} }: RawSecret, afterGap: boolean): void {
    const { namespace, name, uid, resourceVersion, labels = {}, annotations = {} } = metadata
    const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])
    const version = Number(resourceVersion)
    const last = this.#latest.get(`${namespace}/${name}`)
    // A list shows what is known already, too.
    if (afterGap && last?.version === version) return
    this.#keep({
      is,
      namespace,
      name,
      uid,
      version,
      at: Date.now(),
      afterGap,
      isOwned: (metadata.ownerReferences ?? []).length > 0,
      labels,
      annotations,
      data: Object.fromEntries(decoded) as Record<string, string>,
    })
  }

  #keep(version: SecretVersion): void {
    this.#latest.set(`${version.namespace}/${version.name}`, version)
    this.#versions.push(version)
    for (const listener of this.#listeners) listener()
  }

  #ask(path: string): Promise<IncomingMessage> {
    const { url, token, ca } = loadAdmin(this.#sandbox)
    return new Promise((resolve, reject) => {
      const asked = request(`${url}${path}`, {
        ca,
        headers: { authorization: `Bearer ${token}` },
        agent: false,
      })
      asked.setTimeout(QUIET_MS, () => asked.destroy(new Error('quiet for too long')))
      asked.once('response', resolve)
      asked.once('error', reject)
      asked.end()
      this.#current = asked
    })
  }
}
