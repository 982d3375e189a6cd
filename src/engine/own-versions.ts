// This file is about the versions of Secrets that we wrote and that the watch has not shown yet: it is behind, not we.
import { type SecretRef, secretKey } from '../model/ref.ts'

export class OwnVersions {
  /** In the order they were written. */
  readonly #unshown = new Map<string, Set<string>>()

  wrote(target: SecretRef, version: string): void {
    const unshown = this.#unshown.get(secretKey(target)) ?? new Set()
    this.#unshown.set(secretKey(target), unshown.add(version))
  }

  /**
   * The watch shows this version, undefined for none. Versions have no order of their own: after one that is not of ours
   * nothing is known to be newer.
   */
  shown(target: SecretRef, version: string | undefined): void {
    const unshown = this.#unshown.get(secretKey(target))
    for (const one of unshown ?? []) {
      unshown?.delete(one)
      if (one === version) break
    }
    if (unshown?.size === 0) this.#unshown.delete(secretKey(target))
  }

  /** We have left that version, and the watch has yet to show it. */
  isUnshown(target: SecretRef, version: string): boolean {
    return this.#unshown.get(secretKey(target))?.has(version) === true
  }

  /** The version that we left last, where the watch has yet to show it. */
  newest(target: SecretRef): string | undefined {
    return [...(this.#unshown.get(secretKey(target)) ?? [])].at(-1)
  }
}
