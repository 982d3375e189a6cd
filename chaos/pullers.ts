// This file is about those who keep pulling, each time with what the Secrets hold at that moment.
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, crane, helm, skopeo } from '../demo/clients.ts'
import { ensureParts } from '../sandbox/parts/ensure.ts'
import { systemProgram } from '../test/support/everpull-process.ts'
import type { PullAttempt } from './history.ts'
import type { Lane } from './lane.ts'
import { lifeIn } from './logins-in.ts'
import type { SecretHistory } from './secret-history.ts'

/** Between two pulls: most of a small machine is for those who are tested. */
const REST_MS = 500

interface Pulling {
  readonly client: Client
  readonly namespace: string
  readonly name: string
}

export interface PullersOptions {
  readonly lane: Lane
  readonly history: SecretHistory
  readonly namespaces: readonly [string, string]
}

export async function clientsOf(
  lane: Lane,
): Promise<Readonly<Record<'charts' | 'images' | 'copies', Client>>> {
  const parts = await ensureParts(['helm', 'crane'])
  const proxy = lane.sandbox.proxyEnv
  const images = crane(parts.crane, proxy)
  // skopeo comes with the operating system or not at all.
  const system = systemProgram('skopeo')
  return {
    charts: helm(parts.helm, proxy),
    images,
    copies: system === undefined ? images : skopeo(system, proxy),
  }
}

/** Pulls one after the other until told to stop; the attempts so far are in `attempts`. */
export class Pullers {
  readonly attempts: PullAttempt[] = []
  readonly #options: PullersOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(options: PullersOptions, clients: Awaited<ReturnType<typeof clientsOf>>) {
    this.#options = options
    const [a, b] = options.namespaces
    const { charts, images, copies } = clients
    this.#running = this.#run([
      { client: charts, namespace: a, name: 'repo' },
      { client: images, namespace: a, name: 'pull' },
      { client: copies, namespace: b, name: 'mobb' },
      { client: images, namespace: a, name: 'login' },
    ])
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('enough was pulled'))
    await this.#running
  }

  async #run(pullings: readonly Pulling[]): Promise<void> {
    const { signal } = this.#stopping
    for (let turn = 0; !signal.aborted; turn++) {
      const pulling = pullings[turn % pullings.length]
      if (pulling !== undefined) await this.#pull(pulling, signal)
      await pause(REST_MS, undefined, { signal }).catch(() => {})
    }
  }

  async #pull({ client, namespace, name }: Pulling, signal: AbortSignal): Promise<void> {
    const seen = this.#options.history.get(namespace, name)
    const life = seen === undefined ? undefined : lifeIn(seen.annotations)
    if (seen === undefined || life === undefined) return
    const { version } = seen
    const at = Date.now()
    try {
      const pulled = await client.pull(seen.data, signal)
      const failed = pulled.is === 'failed' ? pulled.because : undefined
      this.attempts.push({
        client: client.name,
        namespace,
        name,
        version,
        at,
        until: Date.now(),
        ...life,
        failed,
      })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
