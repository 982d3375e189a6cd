// This file is about one writer per Secret, or per key where deliveries merge: who claims what, and who wins.
import { bareHost } from '../model/config-host.ts'
import type { Delivery, Orderer } from '../model/delivery.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { type Ref, refKey, type SecretRef, secretKey } from '../model/ref.ts'
import { keysAreKnown, keysOf, mergedHosts } from '../model/shape.ts'

export interface Claim {
  readonly by: Orderer
  readonly target: SecretRef
  readonly isWhole: boolean
  readonly fieldManager: string
  /** Those that are known without rendering. */
  readonly keys: readonly string[]
  /** Of the docker config under its one key only these, as `bareHost` spells them; absent: all there is under its keys. */
  readonly hosts?: readonly string[]
  /** Its templates may make others. */
  readonly isOpen: boolean
  /** The annotation that digests all data. */
  readonly stamp?: string
}

const claimOf = (delivery: Delivery, merged = mergedHosts(delivery.shape)): Claim => ({
  by: delivery.orderedBy,
  target: { namespace: delivery.target.namespace, name: delivery.target.name },
  isWhole: delivery.target.writes === 'whole',
  fieldManager: delivery.target.fieldManager,
  keys: keysOf(delivery.shape),
  ...(merged === undefined ? {} : { hosts: merged.hosts.map(bareHost) }),
  isOpen: !keysAreKnown(delivery.shape),
  ...(delivery.target.stamp === undefined ? {} : { stamp: delivery.target.stamp.annotation }),
})

const collide = (a: Claim, b: Claim): boolean =>
  a.isWhole || b.isWhole || (a.keys.some((key) => b.keys.includes(key)) && wantSameHost(a, b))

const wantSameHost = ({ hosts }: Claim, { hosts: others }: Claim): boolean =>
  hosts === undefined || others === undefined || hosts.some((host) => others.includes(host))

/** Whoever writes the Secret already stays, then the older orderer, then the first by name. */
export function outranks(a: Orderer, b: Orderer, carries: (annotation: string) => boolean): boolean {
  const incumbent = Number(carries(deliveryAnnotation(a.ref))) - Number(carries(deliveryAnnotation(b.ref)))
  if (incumbent !== 0) return incumbent > 0
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt
  return refKey(a.ref) < refKey(b.ref)
}

export class Claims {
  readonly #byTarget = new Map<string, readonly Claim[]>()
  readonly #byOrderer = new Map<string, readonly Claim[]>()
  /** By what lends its identity to whom. */
  readonly #users = new Map<string, Map<string, Ref>>()
  readonly #lenders = new Map<string, readonly string[]>()
  readonly #onUsers: (lender: string) => void

  /** `onUsers` is told the key of a lender whose users have changed. */
  constructor(onUsers: (lender: string) => void = () => {}) {
    this.#onUsers = onUsers
  }

  /** Replaces what one orderer claims. Returns the rivals whose standing may have changed: look at them again. */
  state(by: Ref, deliveries: readonly Delivery[]): readonly Ref[] {
    const before = this.#of(by)
    return this.note(by, deliveries) ? this.#rivals(by, [...before, ...this.#of(by)]) : []
  }

  /** As `state`, where everybody is about to be looked at anyway. True where the claims have changed. */
  note(by: Ref, deliveries: readonly Delivery[]): boolean {
    const before = this.#of(by)
    const after = deliveries.map((delivery) => claimOf(delivery))
    for (const claim of before) this.#drop(claim)
    for (const claim of after) this.#add(claim)
    this.#borrow(by, lendersOf(deliveries))
    if (after.length === 0) this.#byOrderer.delete(refKey(by))
    else this.#byOrderer.set(refKey(by), after)
    return before.length !== after.length || !before.every((b, i) => equal(b, after[i]))
  }

  /** The orderer a delivery must yield to. */
  rivalOf(delivery: Delivery, carries: (annotation: string) => boolean): Ref | undefined {
    const mine = claimOf(delivery)
    for (const other of this.on(mine.target)) {
      const isOther = refKey(other.by.ref) !== refKey(mine.by.ref)
      if (isOther && collide(mine, other) && outranks(other.by, mine.by, carries)) return other.by.ref
    }
    return undefined
  }

  /** What others claim in the Secret of this delivery. */
  sharersOf({ orderedBy, target }: Delivery): readonly Claim[] {
    const mine = refKey(orderedBy.ref)
    return this.on(target).filter(({ by }) => refKey(by.ref) !== mine)
  }

  /** Everyone whose delivery goes into this Secret. */
  claimantsOf(target: SecretRef): readonly Ref[] {
    return this.on(target).map((claim) => claim.by.ref)
  }

  /** All that is claimed in this Secret. */
  on(target: SecretRef): readonly Claim[] {
    return this.#byTarget.get(secretKey(target)) ?? []
  }

  /** Its order is not known, and it serves what it got: through this lender, unless it was served through others. */
  presume(by: Ref, lender: Ref): void {
    if (!this.#lenders.has(refKey(by))) this.#borrow(by, [refKey(lender)])
  }

  /** Everyone with an order whose identity this object lends. */
  usersOf(lender: Ref): readonly Ref[] {
    return [...(this.#users.get(refKey(lender))?.values() ?? [])]
  }

  #borrow(by: Ref, lenders: readonly string[]): void {
    const user = refKey(by)
    const before = this.#lenders.get(user) ?? []
    if (lenders.length === before.length && lenders.every((lender) => before.includes(lender))) return
    for (const lender of before) {
      const users = this.#users.get(lender)
      users?.delete(user)
      if (users?.size === 0) this.#users.delete(lender)
    }
    if (lenders.length === 0) this.#lenders.delete(user)
    else this.#lenders.set(user, lenders)
    for (const lender of lenders) {
      const users = this.#users.get(lender) ?? new Map<string, Ref>()
      this.#users.set(lender, users.set(user, by))
    }
    for (const lender of new Set([...before, ...lenders])) this.#onUsers(lender)
  }

  #of(by: Ref): readonly Claim[] {
    return this.#byOrderer.get(refKey(by)) ?? []
  }

  #add(claim: Claim): void {
    this.#byTarget.set(secretKey(claim.target), this.on(claim.target).concat(claim))
  }

  #drop(claim: Claim): void {
    const left = this.on(claim.target).filter((other) => other !== claim)
    if (left.length === 0) this.#byTarget.delete(secretKey(claim.target))
    else this.#byTarget.set(secretKey(claim.target), left)
  }

  /** Not those that can collide with none of the claims. */
  #rivals(by: Ref, claims: readonly Claim[]): readonly Ref[] {
    const rivals = new Map<string, Ref>()
    for (const claim of claims) {
      for (const other of this.on(claim.target)) {
        if (claim.isOpen || other.isOpen || collide(claim, other))
          rivals.set(refKey(other.by.ref), other.by.ref)
      }
    }
    rivals.delete(refKey(by))
    return [...rivals.values()]
  }
}

const lendersOf = (deliveries: readonly Delivery[]): readonly string[] => [
  ...new Set(
    deliveries.flatMap(({ logins }) =>
      logins.flatMap(({ identity: { through } }) => (through === undefined ? [] : [refKey(through)])),
    ),
  ),
]

const equal = (a: Claim, b: Claim | undefined): boolean =>
  b !== undefined &&
  a.by.uid === b.by.uid &&
  secretKey(a.target) === secretKey(b.target) &&
  a.isWhole === b.isWhole &&
  isSameSet(a.keys, b.keys) &&
  isSameSet(a.hosts ?? [], b.hosts ?? []) &&
  (a.hosts === undefined) === (b.hosts === undefined)

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one) => b.includes(one))
