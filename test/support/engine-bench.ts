// This file is about an engine on fake ports: a Secret store in memory, an AWS that mints on command, a clock that obeys.
import { instant } from '../../src/base/clock.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import { Claims } from '../../src/engine/claims.ts'
import { deliver } from '../../src/engine/deliver.ts'
import { LoginCache } from '../../src/engine/login-cache.ts'
import { Memory } from '../../src/engine/memory.ts'
import { OwnVersions } from '../../src/engine/own-versions.ts'
import type { EngineParts } from '../../src/engine/pass.ts'
import type {
  CurrentSecret,
  Identified,
  Logins,
  Minted,
  OwnedFields,
  SecretStore,
  SecretWrite,
  Sources,
  TemplateTexts,
} from '../../src/engine/ports.ts'
import { ParsedTemplates } from '../../src/template/parsed-templates.ts'
import { Turns } from '../../src/engine/turns.ts'
import type { Answer } from '../../src/model/answer.ts'
import { DELIVERY_PREFIX, type Delivery } from '../../src/model/delivery.ts'
import { type Fault, fault } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import { type SecretRef, secretKey } from '../../src/model/ref.ts'
import { aLogin, aSecret } from './builders.ts'
import { ManualClock } from './manual-clock.ts'

type Field = keyof OwnedFields
type Writers = Readonly<Record<Field, ReadonlyMap<string, string>>>
const NO_WRITERS: Writers = { data: new Map(), labels: new Map(), annotations: new Map() }

/** Who wrote what last, by name: whoever writes the same again does not take it over. */
function writersOf(wanted: SecretWrite, current: CurrentSecret | undefined, before: Writers): Writers {
  const next = (field: Field, now: readonly string[], isSame: (name: string) => boolean) =>
    new Map(
      now.map((name) => [
        name,
        isSame(name) ? (before[field].get(name) ?? 'somebody else') : wanted.fieldManager,
      ]),
    )
  const isSameText = (field: 'labels' | 'annotations') => (name: string) =>
    current?.[field][name] === wanted[field][name]
  return {
    data: next('data', wanted.data.keys, (name) =>
      Boolean(
        current?.data
          .reveal()
          .get(name)
          ?.equals(wanted.data.reveal().get(name) ?? Buffer.alloc(0)),
      ),
    ),
    labels: next('labels', Object.keys(wanted.labels), isSameText('labels')),
    annotations: next('annotations', Object.keys(wanted.annotations), isSameText('annotations')),
  }
}

/** What each manager owns, told from the writers once. */
function ownership(writers: Writers): (manager: string) => OwnedFields {
  const owned = new Map<string, Readonly<Record<Field, Set<string>>>>()
  for (const field of ['data', 'labels', 'annotations'] as const) {
    for (const [name, manager] of writers[field]) {
      const fields = owned.get(manager) ?? { data: new Set(), labels: new Set(), annotations: new Set() }
      owned.set(manager, fields)
      fields[field].add(name)
    }
  }
  return (manager) => owned.get(manager) ?? { data: new Set(), labels: new Set(), annotations: new Set() }
}

/** What the API server takes for invalid. */
const isRefused = (wanted: SecretWrite, current: CurrentSecret | undefined): boolean =>
  wanted.type !== current?.type || (current.immutable && !wanted.immutable)

/** Secrets in memory, with versions; remembers which manager wrote which keys last. */
export class FakeStore implements SecretStore {
  readonly secrets = new Map<string, CurrentSecret>()
  reads = 0
  writes = 0
  /** Writes refused because somebody was faster. */
  conflicts = 0
  /** Writes refused as invalid. */
  refusals = 0
  isWatching = true
  /** What a mutating webhook makes of whatever is created. */
  webhook: Partial<Pick<CurrentSecret, 'labels' | 'type' | 'immutable'>> = {}
  /** Called right before a write is judged: a test edits the Secret here to overtake it. */
  onWrite: (() => void) | undefined
  /** Told of every change, whoever made it. */
  onChange: ((ref: SecretRef, now: CurrentSecret | undefined) => void) | undefined
  #version = 0
  readonly #writers = new Map<string, Writers>()

  glance(ref: SecretRef) {
    const secret = this.secrets.get(secretKey(ref))
    if (!this.isWatching) return 'unknown'
    if (secret === undefined) return 'absent'
    return { resourceVersion: secret.resourceVersion, annotations: Object.keys(secret.annotations) }
  }

  async read(ref: SecretRef): Promise<CurrentSecret | 'absent' | Fault> {
    this.reads += 1
    return this.secrets.get(secretKey(ref)) ?? 'absent'
  }

  async write(wanted: SecretWrite) {
    const overtake = this.onWrite
    this.onWrite = undefined
    overtake?.()
    const current = this.secrets.get(secretKey(wanted.ref))
    if (current?.resourceVersion !== wanted.replaces?.resourceVersion) {
      this.conflicts += 1
      return { is: 'moved' } as const
    }
    if (wanted.replaces !== undefined && isRefused(wanted, current)) {
      this.refusals += 1
      return wanted.replaces.uid === undefined
        ? ({ is: 'moved' } as const)
        : fault('kube-rejected', 'a type is never changed, nor anything immutable')
    }
    this.writes += 1
    const key = secretKey(wanted.ref)
    const writers = writersOf(wanted, current, this.#writers.get(key) ?? NO_WRITERS)
    this.#writers.set(key, writers)
    const { labels: added = {}, ...other } = wanted.replaces === undefined ? this.webhook : {}
    const secret = this.put(wanted.ref, {
      ...wanted,
      ...other,
      labels: { ...wanted.labels, ...added },
      uid: current?.uid ?? `uid-${this.#version}`,
      data: wanted.data,
      ownedBy: ownership(writers),
    })
    return {
      is: 'written',
      resourceVersion: secret.resourceVersion,
      isAltered: Object.keys(added).length > 0,
    } as const
  }

  async remove(secret: CurrentSecret) {
    this.drop(secret.ref)
    return 'removed' as const
  }

  /** Somebody deletes a Secret. */
  drop(ref: SecretRef): void {
    this.secrets.delete(secretKey(ref))
    this.#writers.delete(secretKey(ref))
    this.onChange?.(ref, undefined)
  }

  carrying(annotation: string): readonly SecretRef[] {
    return [...this.secrets.values()].filter((s) => annotation in s.annotations).map((s) => s.ref)
  }

  marks(): readonly string[] {
    const all = [...this.secrets.values()].flatMap((s) => Object.keys(s.annotations))
    return [...new Set(all.filter((annotation) => annotation.startsWith(DELIVERY_PREFIX)))]
  }

  labelled(label: string, value: string, namespace: string): readonly SecretRef[] {
    const all = this.isWatching ? [...this.secrets.values()] : []
    return all.filter((s) => s.ref.namespace === namespace && s.labels[label] === value).map((s) => s.ref)
  }

  /** What somebody else does to a Secret. */
  put(ref: SecretRef, change: Partial<CurrentSecret>): CurrentSecret {
    this.#version += 1
    const before = this.secrets.get(secretKey(ref))
    const secret = aSecret({
      ref,
      uid: 'foreign',
      ...before,
      ...change,
      resourceVersion: String(this.#version),
    })
    this.secrets.set(secretKey(ref), secret)
    this.onChange?.(ref, secret)
    return secret
  }

  /** The data of a Secret as text; undefined when there is none. */
  text(ref: SecretRef): Record<string, string> | undefined {
    const secret = this.secrets.get(secretKey(ref))
    if (secret === undefined) return undefined
    return Object.fromEntries([...secret.data.reveal()].map(([key, value]) => [key, value.toString()]))
  }
}

/** Mints "token-1", "token-2", … or fails as told. */
export class FakeLogins implements Logins {
  readonly #clock: ManualClock
  mints = 0
  lifeMs = 12 * 3_600_000
  fault: Fault | undefined
  identifyFault: Fault | undefined
  /** Part of every identity's key: change it and credentials have been rotated. */
  credentials = 'v1'
  /** What a mint waits for. */
  minting: Promise<void> = Promise.resolve()

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  async identify(identity: Identity): Promise<Identified | Fault> {
    if (this.identifyFault !== undefined) return this.identifyFault
    return { is: 'identified', key: `${JSON.stringify(identity.source)} ${this.credentials}` }
  }

  async mint(..._asked: Parameters<Logins['mint']>): Promise<Minted | Fault> {
    await this.minting
    if (this.fault !== undefined) return this.fault
    this.mints += 1
    const mintedAt = this.#clock.now()
    return {
      is: 'minted',
      login: aLogin({
        password: new SecretText(`token-${this.mints}`),
        mintedAt,
        expiresAt: instant(mintedAt + this.lifeMs),
      }),
    }
  }
}

/** Objects that hold templates, by "Kind name", with their texts by key. */
export class FakeSources implements Sources {
  readonly objects = new Map<string, Readonly<Record<string, string>>>()
  reads = 0

  async read({ kind, name }: Parameters<Sources['read']>[0]): Promise<TemplateTexts | 'absent'> {
    this.reads += 1
    const object = this.objects.get(`${kind} ${name}`)
    if (object === undefined) return 'absent'
    return {
      is: 'texts',
      get: (key) => (object[key] === undefined ? undefined : new SecretText(object[key])),
    }
  }
}

export class EngineBench {
  readonly clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
  readonly store = new FakeStore()
  readonly logins = new FakeLogins(this.clock)
  readonly sources = new FakeSources()
  readonly claims = new Claims()
  /** What the API server says of whoever ordered. */
  isStaying = true
  parts: EngineParts = this.#build()

  constructor() {
    // The watch, at its fastest.
    this.store.onChange = (ref, now) => {
      const { turns, versions } = this.parts
      turns.between(ref, () => versions.shown(ref, now?.resourceVersion))
    }
  }

  /** Forgets everything but the Secrets. */
  restart(): void {
    this.parts = this.#build()
  }

  /** One pass; time moves on as far as the engine waits for it. */
  async deliver(delivery: Delivery): Promise<Answer> {
    const answer = deliver(this.parts, delivery, new AbortController().signal)
    const pending = Symbol('pending')
    const settledSoFar = (): Promise<unknown> =>
      Promise.race([answer, new Promise((resolve) => setImmediate(resolve, pending))])
    while ((await settledSoFar()) === pending) this.clock.advance(100)
    return answer
  }

  #build(): EngineParts {
    const { clock, store, logins, sources, claims } = this
    const signal = new AbortController().signal
    const cache = new LoginCache({ logins, clock, random: () => 0.5, signal })
    return {
      logins,
      cache,
      store,
      orderers: { isStaying: async () => this.isStaying },
      sources,
      claims,
      memory: new Memory(),
      turns: new Turns(),
      versions: new OwnVersions(),
      templates: new ParsedTemplates(),
      clock,
    }
  }
}
