// This file is about the API server and its store ending, hanging and coming back, as the whole cluster feels it.
import { setTimeout as pause } from 'node:timers/promises'
import type { SandboxPart } from '../../sandbox/sandbox-parts.ts'
import type { FaultKind, World } from '../fault.ts'
import { etcdAsk, revisionNow } from './etcd.ts'

const OF_THE_CLUSTER = { weight: 1, takes: ['api'], retried: 'backoff', aim: 'lane' } as const
/** Starting an API server takes 3 s alone, and more beside other work. */
const API_SERVER = { touches: ['apiserver', 'fronts'], mends: 8000 } as const
const ETCD = { touches: ['apiserver', 'fronts', 'etcd'], mends: 4000 } as const

type Ending = 'stop' | 'crash'

function ended(
  name: string,
  part: SandboxPart,
  how: Ending,
  rest: typeof API_SERVER | typeof ETCD,
): FaultKind {
  return {
    ...OF_THE_CLUSTER,
    ...rest,
    name,
    length: [0, 3000],
    async strike({ lane }) {
      if (how === 'stop') await lane.sandbox.stopPart(part)
      else await lane.sandbox.killPart(part, 'SIGKILL')
      return async () => {
        await lane.sandbox.startPart(part)
        await answering(lane)
      }
    },
  }
}

function hung(name: string, part: SandboxPart, rest: typeof API_SERVER | typeof ETCD): FaultKind {
  return {
    ...OF_THE_CLUSTER,
    ...rest,
    name,
    length: [500, 5000],
    async strike({ lane, replicas }) {
      await lane.sandbox.killPart(part, 'SIGSTOP')
      // The fronts would answer the replicas' PINGs in the server's place.
      const silenced = part === 'kube-apiserver' ? replicas.map(({ front }) => front.partition('silent')) : []
      return async () => {
        await lane.sandbox.killPart(part, 'SIGCONT')
        for (const heal of silenced) heal()
        await answering(lane)
      }
    },
  }
}

export const apiServerRestarted = ended('apiserver-restarted', 'kube-apiserver', 'stop', API_SERVER)
export const apiServerCrashed = ended('apiserver-crashed', 'kube-apiserver', 'crash', API_SERVER)
export const apiServerHung = hung('apiserver-hung', 'kube-apiserver', API_SERVER)
export const etcdRestarted = ended('etcd-restarted', 'etcd', 'stop', ETCD)
export const etcdCrashed = ended('etcd-crashed', 'etcd', 'crash', ETCD)
export const etcdHung = hung('etcd-hung', 'etcd', ETCD)

/**
 * etcd forgets all versions but the newest, and the API server, started anew, has none in memory either: a watch that
 * goes on from an older one is answered 410.
 */
export const historyCompacted: FaultKind = {
  ...OF_THE_CLUSTER,
  ...API_SERVER,
  name: 'history-compacted',
  length: [0, 1000],
  async strike({ lane, tell }) {
    const revision = await revisionNow(lane)
    tell(`revision ${revision}`)
    await lane.sandbox.stopPart('kube-apiserver')
    const end = async (): Promise<void> => {
      await lane.sandbox.startPart('kube-apiserver')
      await answering(lane)
    }
    try {
      await etcdAsk(lane, '/v3/kv/compaction', { revision, physical: true })
    } catch (error) {
      await end()
      throw error
    }
    return end
  },
}

const LIMIT_MS = 60_000
const LOOK_MS = 50

/** Resolves once the API server reads from its store again. */
async function answering({ sandbox }: World['lane']): Promise<void> {
  const end = performance.now() + LIMIT_MS
  const path = '/api/v1/namespaces/default'
  for (;;) {
    const status = await sandbox.controlPlane.admin.call('GET', path).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    if (performance.now() > end) throw new Error(`the API server does not answer again: ${status}`)
    await pause(LOOK_MS)
  }
}
