// This file is about service accounts on an API server in memory: what it holds, what the watch shows, who else writes.
import { silentLog } from '../../src/base/log.ts'
import type { KubeClient, KubeRequest } from '../../src/kube/client.ts'
import { KubeError } from '../../src/kube/error.ts'
import type { KubeObject } from '../../src/kube/resource.ts'
import { fault } from '../../src/model/fault.ts'
import type { Link } from '../../src/model/link.ts'
import type { Ref } from '../../src/model/ref.ts'
import { AccountWatch } from '../../src/operator/account-watch.ts'
import { Links, type LinkWake } from '../../src/operator/links.ts'
import { ManualClock } from './manual-clock.ts'
import { ScriptedReflectors } from './scripted-reflectors.ts'
import { statusError } from './operator-bench.ts'

export const login = (name = 'login', namespace = 'a'): Ref => ({
  group: 'example.com',
  kind: 'Login',
  namespace,
  name,
})

/** Into both lists of the account "default", unless told otherwise. */
export const aLink = (change: Partial<Link> = {}): Link => ({
  secret: { namespace: 'a', name: 'pull' },
  accounts: { is: 'named', names: ['default'] },
  lists: ['imagePullSecrets', 'secrets'],
  at: 'spec.outputs[0].link',
  ...change,
})

interface Lists {
  readonly imagePullSecrets?: readonly object[]
  readonly secrets?: readonly object[]
}

type Stored = KubeObject & Lists
type Metadata = Readonly<Record<string, unknown>>

export class AccountsBench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
  readonly reflectors = new ScriptedReflectors()
  /** As the API server has them, by namespace and name. */
  readonly stored = new Map<string, Stored>()
  /** "PATCH a/default", in the order they came. */
  readonly requests: string[] = []
  readonly woken: LinkWake[] = []
  readonly lookedAgain: string[] = []
  readonly terminating = new Set<string>()
  /** Runs before the next writes are looked at: somebody who is faster. */
  readonly rivals: (() => void)[] = []
  readonly refusals: KubeError[] = []
  /** The watch shows nothing more until told. */
  isBehind = false
  readonly accounts: AccountWatch
  links: Links
  #version = 100

  constructor(namespaces?: readonly string[]) {
    const { clock } = this
    this.accounts = new AccountWatch({
      client: this.#client(),
      startReflector: this.reflectors.start,
      namespaces,
      onChange: (now, before) => this.woken.push(...this.links.note(now, before)),
      clock,
      random: () => 0,
      log: silentLog,
    })
    this.links = this.#newLinks()
  }

  /** As after a restart: nothing is remembered that the accounts do not tell. */
  restart(): void {
    this.links = this.#newLinks()
  }

  #newLinks(): Links {
    return new Links({
      client: this.#client(),
      accounts: this.accounts,
      isTerminating: (namespace) => this.terminating.has(namespace),
      faultOf: (error, doing) =>
        fault(error instanceof KubeError && error.status === 403 ? 'kube-forbidden' : 'kube-rejected', doing),
      lookAgain: (key) => this.lookedAgain.push(key),
      clock: this.clock,
      log: silentLog,
    })
  }

  /** Somebody makes an account or writes it anew; the watch shows it. */
  put(place: string, lists: Lists = {}, metadata: Metadata = {}): void {
    const [namespace = '', name = ''] = place.split('/')
    this.#version += 1
    const known = { namespace, name, resourceVersion: String(this.#version) }
    this.#store({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...this.stored.get(place)?.metadata, ...known, ...metadata },
      ...lists,
    })
  }

  /** Others change a list, and leave the rest as it is. */
  edit(place: string, lists: Lists): void {
    const { metadata: _, apiVersion: __, kind: ___, ...members } = this.#read(place)
    this.put(place, { ...(members as Lists), ...lists })
  }

  remove(place: string): void {
    const [namespace = '', name = ''] = place.split('/')
    this.stored.delete(place)
    if (this.#isShown()) this.reflectors.of('ServiceAccount').remove({ namespace, name })
  }

  /** The watch shows all there is. */
  catchUp(): void {
    this.isBehind = false
    const reflector = this.reflectors.of('ServiceAccount')
    for (const { metadata, ...members } of this.stored.values()) reflector.put(metadata, members)
  }

  /** What a pass of the orderer does. */
  async serve(links: readonly Link[], by = login(), stands = (): boolean => true) {
    const { signal } = new AbortController()
    const served = this.links.serve(by, links, { fieldManager: 'everpull', stands, signal })
    this.#list()
    return served
  }

  async release(by = login()) {
    return this.links.release(by, { fieldManager: 'everpull', signal: new AbortController().signal })
  }

  async sweep(): Promise<void> {
    const swept = this.links.sweep(new AbortController().signal)
    for (let turn = 0; turn < 5; turn += 1) {
      this.#list()
      await this.settle()
    }
    await swept
  }

  /** The reflectors that were started are shown all there is. */
  sync(): void {
    this.#list()
  }

  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** "default: pull/pull", the lists of an account as names. */
  lists(place = 'a/default'): string {
    const { imagePullSecrets = [], secrets = [] } = this.#read(place)
    const names = (list: readonly object[]): string =>
      list.map((entry) => String('name' in entry ? entry.name : '?')).join(' ')
    return `${names(imagePullSecrets)} | ${names(secrets)}`
  }

  annotations(place = 'a/default'): readonly string[] {
    return Object.keys(this.#read(place).metadata.annotations ?? {})
  }

  entries(place: string, list: keyof Lists): readonly object[] {
    return this.#read(place)[list] ?? []
  }

  #read(place: string): Stored {
    const found = this.stored.get(place)
    if (found === undefined) throw new Error(`no service account ${place}`)
    return found
  }

  /** A reflector that has just been started reads what there is. */
  #list(): void {
    const unread = this.reflectors.started.filter(
      (one) => one.type.kind === 'ServiceAccount' && !one.isStopped && !this.#listed.has(one),
    )
    for (const reflector of unread) {
      this.#listed.add(reflector)
      for (const { metadata, ...members } of this.stored.values()) reflector.put(metadata, members)
      reflector.sync()
    }
  }
  readonly #listed = new WeakSet<object>()

  #isShown(): boolean {
    return !this.isBehind && this.reflectors.started.some((one) => !one.isStopped)
  }

  #store(object: Stored): void {
    const { metadata, ...members } = object
    this.stored.set(`${metadata.namespace ?? ''}/${metadata.name}`, object)
    if (this.#isShown()) this.reflectors.of('ServiceAccount').put(metadata, members)
  }

  #client(): KubeClient {
    const client: Partial<KubeClient> = {
      request: async <T>(request: KubeRequest) => this.#answer(request) as T,
    }
    return client as KubeClient
  }

  #answer({ method, path, body }: KubeRequest): unknown {
    const [namespace = '', , name = ''] = path.split('/').slice(4)
    const place = `${namespace}/${name}`
    this.requests.push(`${method} ${place}`)
    if (method !== 'GET') this.rivals.shift()?.()
    const refusal = this.refusals.shift()
    if (refusal !== undefined) throw refusal
    const stored = this.stored.get(place)
    if (stored === undefined) throw statusError(404, 'NotFound')
    if (method === 'GET') return structuredClone(stored)
    return this.#patch(stored, structuredClone(body) as Stored)
  }

  #patch(stored: Stored, { metadata, ...members }: Stored): unknown {
    if (metadata.resourceVersion !== stored.metadata.resourceVersion) throw statusError(409, 'Conflict')
    this.#version += 1
    const given = { ...stored.metadata.annotations, ...metadata.annotations } as Record<string, string | null>
    const annotations = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
    const now = {
      ...stored,
      ...members,
      metadata: { ...stored.metadata, annotations, resourceVersion: String(this.#version) },
    } as Stored
    this.#store(now)
    return structuredClone(now)
  }
}
