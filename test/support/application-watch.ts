// This file is about all that Argo CD's Applications ever said of themselves while a test ran.
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { type Reflector, startReflector } from '../../src/kube/reflector.ts'
import type { KubeObject } from '../../src/kube/resource.ts'
import { adminClient } from './admin-client.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'
import type { Stage } from './stage.ts'

const APPLICATIONS = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  kind: 'Application',
  namespaced: true,
}

export interface ApplicationState {
  /** Unknown: no manifests could be generated. */
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown' | 'not looked at'
  /** The version for a Helm chart, the digest for `oci`. */
  readonly revision: string
  /** Type and message of what it complains about, such as ComparisonError. */
  readonly complaints: readonly string[]
}

interface ApplicationObject extends KubeObject {
  readonly status?: {
    readonly sync?: { readonly status?: ApplicationState['sync'] | ''; readonly revision?: string }
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
  }
}

export class ApplicationWatch implements AsyncDisposable {
  readonly #client: KubeClient
  readonly #reflector: Reflector<ApplicationState>
  readonly #said = new Map<string, ApplicationState[]>()

  private constructor(client: KubeClient) {
    this.#client = client
    this.#reflector = startReflector<ApplicationState>({
      client,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      type: APPLICATIONS,
      namespaces: [ARGOCD_NAMESPACE],
      keep: (raw) => stateOf(raw),
      same: (before, now) => JSON.stringify(before) === JSON.stringify(now),
    })
    this.#reflector.store.subscribe((change) => {
      if (change.type === 'upsert') this.#note(change.object.name, change.now)
    })
  }

  static async open(stage: Stage): Promise<ApplicationWatch> {
    const watch = new ApplicationWatch(await adminClient(stage))
    await watch.#reflector.settled()
    return watch
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reflector.stop()
    await this.#client.close()
  }

  /** What the Application of that name has said so far, each thing once in a row. */
  said(name: string): readonly ApplicationState[] {
    return this.#said.get(name) ?? []
  }

  /** Resolves in the turn in which it says so, or at once if that is what it says now. */
  saying(
    name: string,
    what: string,
    isSo: (now: ApplicationState) => boolean,
    limitMs = 120_000,
  ): Promise<ApplicationState> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const now = this.said(name).at(-1)
        if (now === undefined || !isSo(now)) return
        leave()
        clearTimeout(limit)
        resolve(now)
      }
      const leave = this.#reflector.store.subscribe(look)
      const limit = setTimeout(() => {
        leave()
        reject(new Error(`${name} was not ${what} within ${limitMs} ms: ${JSON.stringify(this.said(name))}`))
      }, limitMs)
      look()
    })
  }

  #note(name: string, state: ApplicationState): void {
    this.#said.set(name, [...this.said(name), state])
  }
}

const stateOf = ({ status }: ApplicationObject): ApplicationState => ({
  sync: status?.sync?.status || 'not looked at',
  revision: status?.sync?.revision ?? '',
  complaints: (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`),
})
