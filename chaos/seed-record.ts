// This file is about what people did to the Secrets of a seed, as invariants are told of it: what is theirs, damaged, taken away.
import type { Written } from './api-objects.ts'
import type { Claim, Damage, Removal } from './history.ts'

export class SeedRecord {
  readonly claims: Claim[] = []
  /** Versions that people wrote. */
  readonly byHand = new Set<number>()
  readonly removals: Removal[] = []
  readonly damages: Damage[] = []

  keep(claim: Pick<Claim, 'namespace' | 'name' | 'place' | 'key' | 'value'>, { metadata }: Written): void {
    const from = Number(metadata.resourceVersion)
    this.claims.push({ ...claim, uid: metadata.uid, from, until: undefined })
  }

  /** `version`: the first without them; NaN where the Secret is gone. */
  endClaims(isIt: (claim: Claim) => boolean, version: number): void {
    for (const claim of this.claims) if (isIt(claim)) claim.until ??= version
  }

  damaged(namespace: string, name: string, version: number): void {
    this.damages.push({ namespace, name, at: Date.now(), version })
  }

  /** Of a namespace, or of what orders own in all of them. */
  beginRemoval(namespace: string | undefined): void {
    this.removals.push({ namespace, from: Date.now(), until: Number.POSITIVE_INFINITY })
  }

  endRemoval(namespace: string | undefined): void {
    for (const removal of this.removals) {
      if (removal.namespace === namespace && removal.until > Date.now()) removal.until = Date.now()
    }
  }
}
